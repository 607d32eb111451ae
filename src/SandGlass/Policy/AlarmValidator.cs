using SandGlass.Alarms;

namespace SandGlass.Policy;

/// <summary>Alarms: a value that is measured, and one level in its own unit.</summary>
internal static class AlarmValidator
{
    private static readonly string[] _narrowing = ["chain", "criticality"];

    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach ((string name, AlarmPolicy alarm) in policy.Alarms)
        {
            string at = JsonPointer.Of("alarms", name);
            AlarmMetric? metric = AlarmMetric.Find(alarm.Metric);
            if (alarm.Metric.Length > 0 && metric is null)
            {
                findings.Add(PolicyRules.UnknownValue, at + "/metric", $"{Words.Quote(alarm.Metric)} is not measured{Words.Instead(alarm.Metric, AlarmMetric.Words)}");
            }

            if (findings.IsWritten(at + "/above") == findings.IsWritten(at + "/below"))
            {
                findings.Add(PolicyRules.OneLevel, at, "needs either \"above\" or \"below\"");
            }

            if (alarm.Metric == "hotKey.share" && !policy.Routes.Values.Any(static r => r.HotKeys is not null))
            {
                findings.Add(PolicyRules.NoEffect, at + "/metric", "no route has \"hotKeys\", so no key is looked for; write it on the routes of your goods");
            }

            Whose(policy, alarm, metric, at, findings);
            if (metric is not null)
            {
                Level(metric, alarm.Above, at + "/above", findings);
                Level(metric, alarm.Below, at + "/below", findings);
                Level(metric, alarm.Clear, at + "/clear", findings);
            }

            if (alarm is { Clear: { } clear, Above: { } above } && clear.Value > above.Value)
            {
                findings.Add(PolicyRules.WrongOrder, at + "/clear", $"clear {clear} is above {above}, where it fires; let it be over below that");
            }
            else if (alarm is { Clear: { } high, Below: { } below } && high.Value < below.Value)
            {
                findings.Add(PolicyRules.WrongOrder, at + "/clear", $"clear {high} is below {below}, where it fires; let it be over above that");
            }
        }
    }

    private static void Whose(GatewayPolicy policy, AlarmPolicy alarm, AlarmMetric? metric, string at, Findings findings)
    {
        if (alarm.Chain is { } chain)
        {
            findings.Refer(PolicyRules.NoChain, at + "/chain", "chain", chain, Names.Of(policy.Chains));
        }

        if (metric is { OfRoutes: false })
        {
            foreach (string key in _narrowing.Where(key => findings.IsWritten($"{at}/{key}")))
            {
                findings.Add(PolicyRules.NoEffect, $"{at}/{key}", $"{metric.Word} is of the whole gateway, so {key} narrows nothing down; take it out");
            }
        }
        else if (policy.Chains.ContainsKey(alarm.Chain ?? "") && !policy.Routes.Values.Any(r => AlarmRule.Includes(alarm, r.Chain, r.Criticality ?? policy.Chains.GetValueOrDefault(r.Chain)?.Criticality ?? default)))
        {
            findings.Add(PolicyRules.NoEffect, at, "no route is of this chain and criticality, so there is nothing to measure; name others");
        }
    }

    private static void Level(AlarmMetric metric, Threshold? level, string at, Findings findings)
    {
        if (level is not { } written)
        {
            return;
        }

        if ((metric.Unit == AlarmUnit.Duration) != written.IsDuration)
        {
            findings.Add(PolicyRules.WrongUnit, at, metric.Unit switch
            {
                AlarmUnit.Duration => $"{metric.Word} is a duration; write one like \"300ms\" instead of {written}",
                AlarmUnit.Fraction => $"{metric.Word} is a fraction; write a number 0..1 instead of \"{written}\"",
                _ => $"{metric.Word} is a count; write a number from 0 up instead of \"{written}\"",
            });
        }
        else if (metric.Unit == AlarmUnit.Fraction && written.Value is (< 0 or > 1))
        {
            findings.Add(PolicyRules.OutOfRange, at, $"{written} is out of range; {metric.Word} is a fraction 0 to 1");
        }
        else if (metric.Unit == AlarmUnit.Count && written.Value < 0)
        {
            findings.Add(PolicyRules.OutOfRange, at, $"{written} is out of range; {metric.Word} is a count from 0 up");
        }
    }
}
