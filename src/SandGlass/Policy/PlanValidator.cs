namespace SandGlass.Policy;

/// <summary>Plans: their switches exist, and their moment can come.</summary>
internal static class PlanValidator
{
    public static void Validate(GatewayPolicy policy, Findings findings)
    {
        foreach ((string name, PlanPolicy plan) in policy.Plans)
        {
            string at = JsonPointer.Of("plans", name);
            for (int i = 0; i < plan.Steps.Count; i++)
            {
                string step = JsonPointer.To(at + "/steps", PolicyNode.IndexKey(i));
                findings.Refer(PolicyRules.NoSwitch, step + "/switch", "switch", plan.Steps[i].Switch, Names.Of(policy.Switches));
                if (policy.Switches.TryGetValue(plan.Steps[i].Switch, out var thrown) && thrown.Mode == Mode.Off)
                {
                    findings.Add(PolicyRules.NoEffect, step + "/switch", $"the switch {Words.Quote(plan.Steps[i].Switch)} has mode \"off\" and cannot be thrown; take the step or the mode out");
                }

                if (plan.For is { } end && plan.Steps[i].After >= end)
                {
                    findings.Add(PolicyRules.NoEffect, step + "/after", $"the step comes after {plan.Steps[i].After}, when the plan of {end} is over; let it come sooner");
                }
            }

            Needs(policy, plan, at + "/needs", findings);
            if (plan.When is { } when)
            {
                Moment(policy, when, at + "/when", findings);
            }
            else if (plan.Auto)
            {
                findings.Add(PolicyRules.NoEffect, at + "/auto", "the plan never starts by itself: it has no \"when\"; write one, or take \"auto\" out");
            }
        }
    }

    private static void Needs(GatewayPolicy policy, PlanPolicy plan, string at, Findings findings)
    {
        for (int i = 0; i < plan.Needs.Quiet.Count; i++)
        {
            string quiet = JsonPointer.To(at + "/quiet", PolicyNode.IndexKey(i));
            findings.Refer(PolicyRules.NoAlarm, quiet, "alarm", plan.Needs.Quiet[i], Names.Of(policy.Alarms));
            if (plan.When?.Alarm == plan.Needs.Quiet[i])
            {
                findings.Add(PolicyRules.NoEffect, quiet, $"the plan is for when {Words.Quote(plan.Needs.Quiet[i])} fires, and must not start then; take one of the two out");
            }
        }

        for (int i = 0; i < plan.Needs.Healthy.Count; i++)
        {
            findings.Refer(PolicyRules.NoBackend, JsonPointer.To(at + "/healthy", PolicyNode.IndexKey(i)), "backend", plan.Needs.Healthy[i], Names.Of(policy.Backends));
        }
    }

    private static void Moment(GatewayPolicy policy, PlanWhenPolicy when, string at, Findings findings)
    {
        if (findings.IsWritten(at + "/phase") == findings.IsWritten(at + "/alarm"))
        {
            findings.Add(PolicyRules.OneMoment, at, "needs either \"phase\" or \"alarm\"");
        }

        if (when.Phase is { } phase)
        {
            ICollection<string> phases = policy.Event is { } promotion ? Names.Of(promotion.Phases) : [];
            findings.Refer(PolicyRules.NoPhase, at + "/phase", "phase", phase, phases);
        }

        if (when.Alarm is { } alarm)
        {
            findings.Refer(PolicyRules.NoAlarm, at + "/alarm", "alarm", alarm, Names.Of(policy.Alarms));
        }
    }
}
