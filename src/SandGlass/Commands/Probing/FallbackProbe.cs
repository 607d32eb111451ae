using System.Globalization;
using System.Text.Json;
using SandGlass.Policy;

namespace SandGlass.Commands.Probing;

/// <summary>
/// Whether each fallback could be given now: its file can be read, its backend answers, there is a good answer to repeat. What is missing is a
/// warning: it will be missed in the disaster, and not before.
/// </summary>
internal static class FallbackProbe
{
    /// <summary>Asks.</summary>
    /// <param name="policy">Valid.</param>
    /// <param name="baseDirectory">Where its relative paths begin.</param>
    /// <param name="asked">What was found of the backends.</param>
    /// <param name="running">The status of a gateway that runs; null: none is asked.</param>
    public static IEnumerable<ProbeResult> Ask(GatewayPolicy policy, string baseDirectory, IReadOnlyList<ProbeResult> asked, JsonElement? running)
    {
        foreach (var (name, fallback) in policy.Fallbacks)
        {
            if (Running(running, name) is { } wrong)
            {
                yield return Warn(name, $"the gateway could not give it: {wrong}");
            }
            else if (fallback.File is { } file)
            {
                yield return File(name, file, baseDirectory);
            }
            else if (fallback.Backend is { } backend)
            {
                yield return asked.Any(result => result is { What: "backend", Ok: true } && result.Name.StartsWith(backend + "/", StringComparison.Ordinal))
                    ? new("fallback", name, true, $"backend {backend} answers")
                    : Warn(name, $"backend {backend} does not answer, so it is {fallback.Else} instead; start it");
            }
            else if (fallback.LastGood is not null)
            {
                yield return running is null
                    ? Warn(name, "only a running gateway knows its good answers; name it with --admin URL")
                    : new("fallback", name, true, "the gateway has good answers to repeat");
            }
        }
    }

    private static ProbeResult File(string name, string file, string baseDirectory)
    {
        try
        {
            using var opened = System.IO.File.OpenRead(Path.GetFullPath(file, Path.GetFullPath(baseDirectory)));
            return new("fallback", name, true, string.Create(CultureInfo.InvariantCulture, $"{file}, {opened.Length:N0} bytes"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Warn(name, $"{file} cannot be read; put it beside the policy, readable by the gateway's user");
        }
    }

    private static ProbeResult Warn(string name, string detail) => new("fallback", name, true, detail) { Warns = true };

    private static string? Running(JsonElement? status, string name) =>
        status is { } known && known.TryGetProperty("fallbacks", out var all)
            ? all.EnumerateArray().Where(f => f.GetProperty("name").GetString() == name).Select(static f => f.GetProperty("broken").GetString()).FirstOrDefault()
            : null;
}
