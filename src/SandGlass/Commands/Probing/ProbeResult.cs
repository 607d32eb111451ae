using System.Globalization;
using SandGlass.Policy;

namespace SandGlass.Commands.Probing;

/// <summary>Whether one thing that the policy leans on is ready.</summary>
/// <param name="What">"backend", "redis", "secret", "fallback" or "machine".</param>
/// <param name="Name">Which one; never holds a password.</param>
/// <param name="Ok">Whether it is.</param>
/// <param name="Detail">What was seen; where it is not ready, what is wrong and what to do. May be empty where all is well.</param>
/// <param name="Milliseconds">How long it took; null where nobody was asked.</param>
internal sealed record ProbeResult(string What, string Name, bool Ok, string Detail, double? Milliseconds = null)
{
    /// <summary>Whether it is well to know of, though nothing has to be done before the start.</summary>
    public bool Warns { get; init; }

    /// <summary>One line for people.</summary>
    public override string ToString() =>
        $"{(!Ok ? "FAIL" : Warns ? "warn" : "ok  ")} {What} {Words.Visible(Name)}{(Detail.Length > 0 ? ": " + Words.Visible(Detail) : string.Empty)}"
        + (Ok && Milliseconds is { } took ? string.Create(CultureInfo.InvariantCulture, $" ({took:0} ms)") : string.Empty);
}
