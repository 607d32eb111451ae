using System.Globalization;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Keys;
using SandGlass.Request;

namespace SandGlass.Layers.Coalesce;

/// <summary>
/// Counts what is asked for, marks requests of hot keys for the ladder behind it, and refuses nobody. Beside the way, right before the micro-cache, so that it sees what the quotas have let pass,
/// hits included. Costs a keyed hash and a step of the sketch, about 60 ns together; a string is made once for each key that comes among the
/// hundred most asked for.
/// </summary>
/// <param name="hashKey">Nobody outside can choose whose counts wear off.</param>
public sealed class HotKeyLayer(SipKey hashKey) : Layer<HotKeyRule>
{
    /// <inheritdoc/>
    public override Place Place => Place.Coalesce;

    /// <inheritdoc/>
    protected override Verdict Decide(Passage passage, HotKeyRule plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        if (!passage.IsRehearsal)
        {
            var key = passage.HotKey = Hash(passage, plan);
            var found = plan.State.Sketch.Add(plan.Plan, key, now, passage.Roll());
            passage.IsHot = found.IsHot || plan.State.Elsewhere.IsHot(key, now);
            if (found.IsNameless)
            {
                plan.State.Sketch.Call(key, plan.Key.Describe(passage, key));
            }
        }

        return Verdict.Admit;
    }

    /// <inheritdoc/>
    protected override RuleExplanation Explain(Passage passage, HotKeyRule plan, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(plan);
        var key = Hash(passage, plan);
        var found = plan.State.Sketch.Top(plan.Plan, now).FirstOrDefault(k => k.Key == key);
        var elsewhere = plan.State.Elsewhere.IsHot(key, now);
        (passage.HotKey, passage.IsHot) = (key, (found.Key == key && found.IsHot) || elsewhere);
        var text = found.Key != key || found.PerSecond == 0
            ? $"{plan.Key} is not among the {HotKeyState.Top} most asked for"
            : string.Create(CultureInfo.InvariantCulture, $"{plan.Key} is asked for {found.PerSecond:0.#} times a second, {found.Share:0.##%} of the route: {(found.IsHot ? "hot" : "not hot")}");
        return new(Verdict.Admit, elsewhere ? text + "; hot on another gateway of the fleet" : text, ("perSecond", found.PerSecond), ("share", found.Share));
    }

    /// <inheritdoc/>
    protected override Rejection Reject(Passage passage, HotKeyRule plan, in Verdict verdict) =>
        throw new InvalidOperationException("hot keys refuse nobody");

    private ulong Hash(Passage passage, HotKeyRule plan)
    {
        var hasher = new KeyHasher(plan.HashKey ?? hashKey);
        plan.Key.AddTo(ref hasher, passage);
        return hasher.Finish();
    }
}
