using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>An outlook in words, for whoever asks why.</summary>
internal static class OutlookWords
{
    /// <summary>What it says.</summary>
    /// <param name="verdict">What the layer would do.</param>
    /// <param name="passage">The request.</param>
    /// <param name="plan">The route's rule.</param>
    /// <param name="outlook">What a look has found.</param>
    /// <param name="underWay">Whether it would wait for somebody's fetch.</param>
    /// <param name="now">Monotonic ticks.</param>
    public static RuleExplanation Of(in Verdict verdict, Passage passage, CoalescePlan plan, in Outlook outlook, bool underWay, long now)
    {
        if (outlook.Known is not { } known)
        {
            return new(verdict, outlook.What switch
            {
                Prospect.Bypass => "not for sharing: only a GET or HEAD without body and (unless ignored) cookies is",
                Prospect.Refuse => "nothing is kept, and the client asks for what is kept only",
                Prospect.Alone => "nothing is kept that it may have; it goes alone, and its answer is not kept",
                _ when underWay => "nothing is kept, but a fetch is under way: waits for its answer" + Left(passage, plan, outlook),
                _ => "nothing is kept and nobody fetches: this request does, for all who ask meanwhile" + Left(passage, plan, outlook),
            });
        }

        var age = now - known.StoredAt;
        return new(
            verdict,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(known.Shareable ? "an answer" : "a note that answers are not shared")}, {Seconds(age):0.###} s old, fresh for {Seconds(outlook.Lifetime):0.###} s"),
            ("ageSeconds", Seconds(age)),
            ("freshSeconds", Seconds(outlook.Lifetime)));

        double Seconds(long ticks) => (double)ticks / plan.TicksPerSecond;
    }

    private static string Left(Passage passage, CoalescePlan plan, in Outlook outlook) => LeftOut.Of(passage, plan, outlook.Names) is { } names
        ? $"; that fetch sends only what is in the key and leaves out {names}: if the backend needs one of them, name it in coalesce.send, or in coalesce.key where it changes the answer"
        : string.Empty;
}
