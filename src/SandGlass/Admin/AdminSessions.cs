using System.Buffers.Text;
using System.Security.Cryptography;

namespace SandGlass.Admin;

/// <summary>
/// Who has logged in to the console. In memory only: a restart logs everybody out. At most <see cref="Most"/>; then the oldest goes. Their
/// time runs on the monotonic clock, so that setting the wall clock neither logs out nor keeps in.
/// </summary>
internal sealed class AdminSessions(TimeProvider time)
{
    /// <summary>How many at once; only who knows a token can make one.</summary>
    public const int Most = 256;

    private readonly Lock _changing = new();
    private readonly Dictionary<string, (AdminRole Role, long Began)> _known = new(StringComparer.Ordinal);

    /// <summary>How long a log-in lasts: a night's watch.</summary>
    public static TimeSpan Life { get; } = TimeSpan.FromHours(12);

    /// <summary>Begins one.</summary>
    /// <returns>The secret that stands for it: 256 random bits.</returns>
    public string Begin(AdminRole role)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        lock (_changing)
        {
            foreach (var (old, _) in _known.Where(s => IsOver(s.Value.Began)).ToArray())
            {
                _known.Remove(old);
            }

            if (_known.Count == Most)
            {
                _known.Remove(_known.MinBy(static s => s.Value.Began).Key);
            }

            _known[secret] = (role, time.GetTimestamp());
        }

        return secret;
    }

    /// <summary>Ends one.</summary>
    public void End(string secret)
    {
        lock (_changing)
        {
            _known.Remove(secret);
        }
    }

    /// <summary>Whose it is.</summary>
    public AdminRole RoleOf(string secret)
    {
        lock (_changing)
        {
            return _known.TryGetValue(secret, out var known) && !IsOver(known.Began) ? known.Role : AdminRole.None;
        }
    }

    private bool IsOver(long began) => time.GetElapsedTime(began) >= Life;
}
