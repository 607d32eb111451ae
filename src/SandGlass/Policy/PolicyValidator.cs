using SandGlass.Layers.Break;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.RateLimit;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Switch;
using SandGlass.Layers.Trust;

namespace SandGlass.Policy;

/// <summary>All validators: the one list of who checks what. Their order does not matter; problems are told in the file's.</summary>
internal static class PolicyValidator
{
    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        EventValidator.Validate(policy, findings);
        EdgeValidator.Validate(policy, place, findings);
        LayersValidator.Validate(policy, findings);
        ChainValidator.Validate(policy, findings);
        BackendValidator.Validate(policy, findings);
        RouteValidator.Validate(policy, findings);
        RateLimitValidator.Validate(policy, findings);
        CapacityValidator.Validate(policy, findings);
        CoalesceValidator.Validate(policy, findings);
        SheddingValidator.Validate(policy, place, findings);
        BreakerValidator.Validate(policy, findings);
        FallbackValidator.Validate(policy, place, findings);
        SwitchValidator.Validate(policy, findings);
        PlanValidator.Validate(policy, findings);
        AlarmValidator.Validate(policy, findings);
        WebhookValidator.Validate(policy, place, findings);
        ExplainValidator.Validate(policy, place, findings);
        AccessLogValidator.Validate(policy, place, findings);
        FleetValidator.Validate(policy, place, findings);
        UnusedValidator.Validate(policy, findings);
    }
}
