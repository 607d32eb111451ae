using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Replay;

/// <summary>
/// Takes persons out of a log, and leaves who is the same as whom: a client becomes an address of 198.18.0.0/15, a secret or personal value in a query or a path
/// eight hex digits. The key comes from the log itself, so the same log gives the same hashes, and who sees them without the log cannot try out names.
/// </summary>
internal sealed partial class Anonymizer(byte[] key)
{
    private readonly Dictionary<string, string> _clients = new(StringComparer.Ordinal);
    private readonly HashSet<int> _taken = [];

    /// <summary>An address for a client. Two clients share one only when there are more than 131,072.</summary>
    public string Client(string client)
    {
        if (_clients.TryGetValue(client, out var known))
        {
            return known;
        }

        var index = (int)(BitConverter.ToUInt32(Hash(client)) % ClientFeed.Count);
        while (_taken.Count < ClientFeed.Count && !_taken.Add(index))
        {
            index = (index + 1) % ClientFeed.Count;
        }

        return _clients[client] = ClientFeed.Address(index);
    }

    /// <summary>How many clients there were.</summary>
    public int Clients => _clients.Count;

    /// <summary>A target without personal values: of query names that sound like it, and whatever has an @ in it.</summary>
    public string Target(string target)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? target : target[..mark];
        path = HasAt(path) ? string.Join('/', path.Split('/').Select(s => HasAt(s) ? Digest(s) : s)) : path;
        if (mark < 0)
        {
            return path;
        }

        var pairs = target[(mark + 1)..].Split('&').Select(pair =>
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            return equals < 0 ? HasAt(pair) ? Digest(pair) : pair
                : Sensitive().IsMatch(pair.AsSpan(0, equals)) || HasAt(pair[equals..]) ? $"{pair[..(equals + 1)]}{Digest(pair[(equals + 1)..])}"
                : pair;
        });
        return $"{path}?{string.Join('&', pairs)}";
    }

    private static bool HasAt(string text) => text.Contains('@', StringComparison.Ordinal) || text.Contains("%40", StringComparison.Ordinal);

    private string Digest(string value) => "h" + BitConverter.ToUInt32(Hash(value)).ToString("x8", CultureInfo.InvariantCulture);

    private byte[] Hash(string value) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(value));

    [GeneratedRegex("^(?:.*[-_.])?(?:user(?:name|id)?|uid|login|e?-?mail|phone|mobile|tel|name|first_?name|last_?name|address|addr|street|zip|pass(?:word|wd)?|pwd|secret|token|access_token|auth|key|api_?key|session(?:id)?|sid|sig(?:nature)?|code|ip|card|iban|ssn|dob|birth(?:day|date)?)$", RegexOptions.IgnoreCase)]
    private static partial Regex Sensitive();
}
