using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Text.Json;
using SandGlass.Policy;

namespace SandGlass.Commands;

/// <summary>
/// What could stand where the cursor is: asked by the shell's script as <c>[suggest:POSITION] LINE</c>. Switches and plans are asked of the
/// running gateway; where none answers soon, of the policy in this folder.
/// </summary>
internal static class Suggestions
{
    private const string Directive = "[suggest";

    // Who presses Tab does not wait longer.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    /// <summary>Whether the shell asks.</summary>
    public static bool AreWanted(string[] args) => args is [{ } first, ..] && first.StartsWith(Directive, StringComparison.Ordinal) && first.EndsWith(']');

    /// <summary>Prints them, one a line.</summary>
    public static async Task<int> PrintAsync(RootCommand root, string[] args, TextWriter output)
    {
        var line = args.Length > 1 ? args[1] : string.Empty;
        var position = int.TryParse(args[0].AsSpan(Directive.Length).Trim(":]"), CultureInfo.InvariantCulture, out var given) ? Math.Clamp(given, 0, line.Length) : line.Length;
        // The program's own name is the shell's business: it may be a path or an alias.
        var name = line.IndexOf(' ', StringComparison.Ordinal);
        var rest = name < 0 || name >= position ? string.Empty : line[(name + 1)..position];
        // The parser offers what contains the word; a shell completes its beginning.
        var word = rest[(rest.LastIndexOf(' ') + 1)..];
        var found = root.Parse(rest).GetCompletions(rest.Length).Select(static c => c.InsertText ?? c.Label);
        foreach (var one in found.Where(c => c.StartsWith(word, StringComparison.Ordinal) && !c.StartsWith('/') && c is not ("-?" or "-h")).Distinct())
        {
            await output.WriteLineAsync(one).ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>Lets an argument be completed with the ids of switches or plans.</summary>
    /// <param name="id">The argument.</param>
    /// <param name="admin">The option that names the gateway.</param>
    /// <param name="what">switches or plans: the API's word, and the policy's.</param>
    public static void Add(Argument<string> id, Option<string> admin, string what) =>
        id.CompletionSources.Add(context => (Running(context.ParseResult.GetValue(admin), what) ?? Written(what)).Select(static one => new CompletionItem(one)));

    private static string[]? Running(string? admin, string what)
    {
        if (AdminCall.Address(admin ?? string.Empty) is not { } address)
        {
            return null;
        }

        try
        {
            // The shell waits for this process and nothing else runs in it.
            using var client = AdminCall.Client(address, Patience);
            using var response = client.Send(new(HttpMethod.Get, $"api/{what}"));
            using var body = response.IsSuccessStatusCode ? response.Content.ReadAsStream() : null;
            using var answer = body is null ? null : JsonDocument.Parse(body);
            return answer?.RootElement.EnumerateArray().Select(static one => one.GetProperty("id").GetString()!).ToArray();
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Written(string what)
    {
        foreach (var file in (string[])["policy.json", Path.Combine("config", "policy.json")])
        {
            if (PolicyFile.TryRead(file, out _) is { } bytes && PolicyReader.Read(bytes, file, Path.GetDirectoryName(Path.GetFullPath(file))!, TimeProvider.System) is { Policy: { } policy })
            {
                return what == "plans" ? policy.Plans.Keys : policy.Switches.Keys;
            }
        }

        return [];
    }
}
