using System.Globalization;
using SandGlass.Algorithms.Keys;

namespace SandGlass.Request;

/// <summary>
/// Where a client stands in [0, 1) for one question: evenly spread over clients, the same for the same client on every gateway of a fleet
/// and after a restart, so that a shopper is not in and out by turns, and independent of where it stands for another question.
/// The hash has no secret for that reason; whoever computes it learns only which rollouts he is part of. Takes about 20 ns.
/// </summary>
public static class ClientPosition
{
    /// <summary>
    /// Where it stands among those who may have to go first, for an hour: the same clients lose within it, not each a bit, and nobody is the
    /// last for all of the day.
    /// </summary>
    /// <param name="hour">Hours since the Unix epoch.</param>
    /// <param name="passage">Whose client.</param>
    public static double OfTheHour(long hour, Passage passage)
    {
        Span<char> name = stackalloc char[20];
        hour.TryFormat(name, out var length, provider: CultureInfo.InvariantCulture);
        return Of("cohort", name[..length], passage);
    }

    /// <summary>Where the passage's client stands.</summary>
    /// <param name="question">What is asked, e.g. "enforce".</param>
    /// <param name="name">Of which rule.</param>
    /// <param name="passage">Whose client.</param>
    public static double Of(ReadOnlySpan<char> question, ReadOnlySpan<char> name, Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var hasher = new KeyHasher(default);
        hasher.Add(question);
        hasher.Add(name);
        var client = passage.Client.Key(passage.Snapshot.Trust.ClientPrefixV6);
        hasher.Add((ulong)(client >> 64));
        hasher.Add((ulong)client);
        return (hasher.Finish() >> 11) * (1.0 / (1UL << 53));
    }
}
