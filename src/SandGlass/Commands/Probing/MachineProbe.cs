using System.Globalization;
using SandGlass.Policy;

namespace SandGlass.Commands.Probing;

/// <summary>Holds the machine against the bounds that the policy sets: a bound that the machine cannot bear is none.</summary>
internal static class MachineProbe
{
    /// <summary>Log, state, DNS, and connections of clients that think.</summary>
    private const int FilesBeside = 1_000;

    /// <summary>As <c>rateLimits.*.maxKeys</c> tells.</summary>
    private const int BytesPerKey = 32;

    public static IEnumerable<ProbeResult> Ask(GatewayPolicy policy, MachineFacts facts)
    {
        yield return new("machine", "CPUs", true, facts.Cpus.ToString(CultureInfo.InvariantCulture));
        yield return Files(policy, facts.OpenFiles);
        yield return Memory(policy, facts.FreeMemory);
        yield return Ports(policy, facts.Ports);
    }

    // Each request at a backend holds its client's connection and one of ours.
    private static ProbeResult Files(GatewayPolicy policy, long? limit)
    {
        var requests = policy.Backends.Values.Sum(backend => (long)backend.Concurrency.Max);
        var need = (2 * requests) + FilesBeside;
        return Result("open files", limit, need, Count, $"needed for {Count(requests)} requests at once (concurrency.max of all backends)",
            "raise it (ulimit -n, LimitNOFILE=, --ulimit nofile=), or lower concurrency.max");
    }

    private static ProbeResult Memory(GatewayPolicy policy, long? free)
    {
        var used = policy.Routes.Values.SelectMany(route => route.RateLimits).ToHashSet(StringComparer.Ordinal);
        var keys = policy.RateLimits.Where(limit => used.Contains(limit.Key)).Sum(limit => (long)limit.Value.MaxKeys) * BytesPerKey;
        var good = policy.Fallbacks.Values.Any(static f => f.LastGood is not null) ? policy.LastGood.MaxBytes.Bytes : 0;
        return Result("free memory", free, keys + policy.Cache.MaxBytes.Bytes + good, Megabytes,
            $"kept at most ({Megabytes(keys)} of rateLimits.*.maxKeys, {Megabytes(policy.Cache.MaxBytes.Bytes)} of cache.maxBytes{(good > 0 ? $", {Megabytes(good)} of lastGood.maxBytes" : string.Empty)})", "give it more, or lower these bounds");
    }

    private static ProbeResult Ports(GatewayPolicy policy, long? ports)
    {
        var (name, backend) = policy.Backends.MaxBy(backend => backend.Value.Concurrency.Max);
        return Result("local ports", ports, backend.Concurrency.Max, Count, $"needed at most for one destination of {Words.Quote(name)} (concurrency.max)",
            "widen net.ipv4.ip_local_port_range, or lower concurrency.max");
    }

    private static ProbeResult Result(string name, long? have, long need, Func<long, string> write, string what, string mend)
    {
        if (have is not { } known)
        {
            return new("machine", name, true, $"not told by this system; {write(need)} {what}");
        }

        var text = $"{(known == long.MaxValue ? "unlimited" : write(known))}; {write(need)} {what}";
        return new("machine", name, known >= need, known >= need ? text : $"{text}; {mend}");
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => ((bytes + (1 << 20) - 1) >> 20).ToString("N0", CultureInfo.InvariantCulture) + " MB";
}
