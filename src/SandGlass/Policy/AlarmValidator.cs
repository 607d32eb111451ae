namespace SandGlass.Policy;

/// <summary>Alarms: a value that is measured, and one level in its own unit.</summary>
internal static class AlarmValidator
{
    private static readonly string[] _latencies = ["latency.p50", "latency.p90", "latency.p95", "latency.p99"];
    private static readonly string[] _metrics = [.. _latencies, "availability", "cpu", "memory", "hotKey.share"];

    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach ((string name, AlarmPolicy alarm) in policy.Alarms)
        {
            string at = JsonPointer.Of("alarms", name);
            if (alarm.Metric.Length > 0 && !_metrics.Contains(alarm.Metric))
            {
                findings.Add(PolicyRules.UnknownValue, at + "/metric", $"{Words.Quote(alarm.Metric)} is not measured{Words.Instead(alarm.Metric, _metrics)}");
            }

            if (alarm.Chain is { } chain)
            {
                findings.Refer(PolicyRules.NoChain, at + "/chain", "chain", chain, Names.Of(policy.Chains));
            }

            if (findings.IsWritten(at + "/above") == findings.IsWritten(at + "/below"))
            {
                findings.Add(PolicyRules.OneLevel, at, "needs either \"above\" or \"below\"");
            }

            Level(alarm.Metric, alarm.Above, at + "/above", findings);
            Level(alarm.Metric, alarm.Below, at + "/below", findings);
        }
    }

    private static void Level(string metric, Threshold? level, string at, Findings findings)
    {
        if (level is not { } written || !_metrics.Contains(metric))
        {
            return;
        }

        bool latency = _latencies.Contains(metric);
        if (latency != written.IsDuration)
        {
            findings.Add(PolicyRules.WrongUnit, at, latency
                ? $"{metric} is a duration; write one like \"300ms\" instead of {written}"
                : $"{metric} is a fraction; write a number 0..1 instead of \"{written}\"");
        }
        else if (!latency && written.Value is < 0 or > 1)
        {
            findings.Add(PolicyRules.OutOfRange, at, $"{written} is out of range; {metric} is a fraction 0 to 1");
        }
    }
}
