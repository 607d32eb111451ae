using System.Diagnostics;
using System.Globalization;
using SandGlass.Alarms;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Fleet;
using SandGlass.Hosting;
using SandGlass.Layers.Shed;
using SandGlass.Layers.Trust;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Yarp;

namespace SandGlass.Telemetry;

/// <summary><c>/metrics</c>: everything counted, read at the moment of asking. Labels come from the policy, never from a client.</summary>
internal static class MetricsPage
{
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly string[] BoundTexts = [.. Bounds.Select(static b => b.ToString(CultureInfo.InvariantCulture))];

    /// <summary>The page.</summary>
    public static string Write(GatewayHost host, string version, AlarmBoard alarms, AlarmWebhook webhook)
    {
        var text = new PrometheusText();
        var tallies = host.State.Ledger.Tallies.ToArray();
        Requests(text, tallies);
        Layers(text, host);
        Backends(text, host);
        Destinations(text, host);
        Attempts(text, host);
        Policy(text, host, version);
        FallbackMetrics.Write(text, host.Store.Current, host.State);
        AlarmMetrics.Write(text, alarms, webhook);
        text.Family("sandglass_access_log_lines_total", "counter", "Lines of the access log; dropped: there was no room, or they could not be written.");
        text.Sample(host.AccessLog.Written, ("result", "written"));
        text.Sample(host.AccessLog.Dropped, ("result", "dropped"));
        Process(text);
        return text.ToString();
    }

    private static void Requests(PrometheusText text, RouteTally[] tallies)
    {
        text.Family("sandglass_requests_total", "counter", "Requests by their one outcome; layer says who decided it.");
        foreach (var tally in tallies)
        {
            foreach (var outcome in RequestOutcomes.All)
            {
                foreach (var place in Places.All)
                {
                    if (tally.Total(outcome, place) is var total and > 0)
                    {
                        text.Sample(total, ("chain", tally.Chain), ("route", tally.Route), ("outcome", outcome.Word()), ("layer", place.Word()));
                    }
                }
            }
        }

        text.Family("sandglass_request_duration_seconds", "histogram", "From the first layer to the end of the answer.");
        Span<long> counts = stackalloc long[Bounds.Length];
        foreach (var tally in tallies)
        {
            foreach (var outcome in RequestOutcomes.All)
            {
                if (tally.Durations(outcome) is not { } durations)
                {
                    continue;
                }

                (string, string)[] labels = [("chain", tally.Chain), ("route", tally.Route), ("outcome", outcome.Word())];
                durations.Cumulative(Bounds, counts);
                for (var i = 0; i < Bounds.Length; i++)
                {
                    text.Sample("_bucket", counts[i], [.. labels, ("le", BoundTexts[i])]);
                }

                // Read after the buckets, so that +Inf is never below one of them.
                var all = durations.Count;
                text.Sample("_bucket", all, [.. labels, ("le", "+Inf")]);
                text.Sample("_sum", durations.SumSeconds, labels);
                text.Sample("_count", all, labels);
            }
        }
    }

    private static void Layers(PrometheusText text, GatewayHost host)
    {
        var state = host.State;
        text.Family("sandglass_shadow_total", "counter", "What rules in shadow would have done.");
        foreach (var (layer, rule, total) in state.Shadows)
        {
            text.Sample(total, ("layer", layer), ("rule", rule));
        }

        text.Family("sandglass_shed_returns_total", "counter", "Clients that were told to come back: told, came early, came at that time or later.");
        text.Sample(state.Returns.Told.Sum(), ("result", "told"));
        text.Sample(state.Returns.Early.Sum(), ("result", "early"));
        text.Sample(state.Returns.Obeyed.Sum(), ("result", "obeyed"));

        text.Family("sandglass_rate_limit_total", "counter", "Decisions of the rate limits.");
        foreach (var (rule, limit) in state.RateLimits)
        {
            text.Sample(limit.Admitted.Sum(), ("rule", rule), ("decision", "admit"));
            text.Sample(limit.Refused.Sum(), ("rule", rule), ("decision", "refuse"));
        }

        text.Family("sandglass_rate_limit_keys", "gauge", "Keys that a rate limit remembers.");
        foreach (var (rule, limit) in state.RateLimits)
        {
            text.Sample(Shared(host, rule) is { } shared ? shared.Keys : limit.Table.Count, ("rule", rule));
        }

        text.Family("sandglass_rate_limit_evictions_total", "counter", "Keys forgotten because a rate limit was full; if it climbs, raise maxKeys.");
        foreach (var (rule, limit) in state.RateLimits)
        {
            text.Sample(Shared(host, rule) is { } shared ? shared.Evictions : limit.Table.Evictions, ("rule", rule));
        }

        text.Family("sandglass_breaker_state", "gauge", "0 closed, 1 half-open, 2 open.");
        var now = host.Options.Time.GetTimestamp();
        foreach (var (route, breaker) in state.Breakers)
        {
            text.Sample((int)breaker.Position(now), ("route", route));
        }

        text.Family("sandglass_hot_keys", "gauge", "Keys of the route that are hot.");
        foreach (var rule in host.Store.Current.HotKeys)
        {
            text.Sample(rule.State.Sketch.Top(rule.Plan, host.State.Time.GetTimestamp()).Count(static k => k.IsHot), ("route", rule.Name));
        }

        text.Family("sandglass_hot_key_share", "gauge", "Share 0..1 of the route's requests that its hottest key has; 0 while none is hot.");
        foreach (var rule in host.Store.Current.HotKeys)
        {
            text.Sample(rule.HottestShare(host.State.Time.GetTimestamp()), ("route", rule.Name));
        }

        text.Family("sandglass_coalesce_total", "counter", "What the micro-cache did.");
        foreach (var (route, counts) in state.Coalescing)
        {
            foreach (var (result, total) in counts.Totals)
            {
                text.Sample(total, ("route", route), ("result", result));
            }
        }

        text.Family("sandglass_cache_bytes", "gauge", "Memory of the micro-cache.");
        text.Sample(state.Cache?.Bytes ?? 0);
        text.Family("sandglass_switch_on", "gauge", "1 while the switch is on.");
        foreach (var plan in host.Store.Current.Switches.Values)
        {
            text.Sample(plan.State.IsOn ? 1 : 0, ("switch", plan.Name));
        }

        text.Family("sandglass_switch_gateways", "gauge", "Gateways of the fleet on which the switch stands as it does here, as far as they have said so.");
        foreach (var plan in host.Store.Current.Switches.Values)
        {
            if (state.Fleet.Share.Standing("switch", plan.Name, plan.State.Register?.Order) is { } standing)
            {
                text.Sample(standing.InForce, ("switch", plan.Name));
            }
        }

        text.Family("sandglass_spoofed_headers_total", "counter", "Forwarding headers of strangers that went no further.");
        foreach (var (header, total) in state.Spoofed.Totals)
        {
            text.Sample(total, ("header", header));
        }

        var guard = state.Guard.Status;
        text.Family("sandglass_shed_level", "gauge", "Share 0..1 of the groups below critical-plus that the gateway turns away because of its own load.");
        text.Sample(guard.Level);
        text.Family("sandglass_gateway_load", "gauge", "The gateway's own load 0..1, steadied; by reading: fraction of its bound.");
        text.Sample(guard.Load, ("reading", "steady"));
        text.Sample(guard.Cpu, ("reading", "cpu"));
        text.Sample(guard.Memory, ("reading", "memory"));
        text.Sample(guard.ThreadPoolDelay, ("reading", "threadPoolDelay"));
        text.Sample(guard.Connections, ("reading", "connections"));
        text.Family("sandglass_connections_shortened_total", "counter", "Idle connections asked to close because the gateway was in trouble.");
        text.Sample(host.Connections.Shortened);
        text.Family("sandglass_connections", "gauge", "Connections that clients hold; those of trusted proxies are not counted.");
        text.Sample(host.Connections.Held);
        text.Family("sandglass_connections_refused_total", "counter", "Connections closed because their client held edge.limits.connectionsPerClient already.");
        text.Sample(host.Connections.Refused);
        text.Family("sandglass_cidr_file_age_seconds", "gauge", "Since a list of trusted ranges was brought up to date; whole days.");
        foreach (var (file, days) in ListAges.Of(host.Store.Current.Trust, state.Time))
        {
            text.Sample(days * 86_400.0, ("file", file));
        }

        text.Family("sandglass_defects_total", "counter", "Exceptions inside SandGlass itself.");
        foreach (var (where, total) in state.Defects.Totals)
        {
            text.Sample(total, ("layer", where));
        }
    }

    private static FleetLimit? Shared(GatewayHost host, string rule) => host.Store.Current.Fleet?.Limits.FirstOrDefault(l => l.Name == rule)?.Limit;

    private static void Backends(PrometheusText text, GatewayHost host)
    {
        (string Name, BackendGate Gate, LimitStatus Limit)[] gates =
            [.. host.Store.Current.Backends.Values.Select(static b => (b.Name, b.Gate, b.Gate.State.Limit.Status(b.Gate.Plan.Limit)))];
        Gauge("sandglass_backend_limit", "Requests that a backend is given at once.", static g => g.Limit.Limit);
        Gauge("sandglass_backend_inflight", "Requests that a backend has now.", static g => g.Gate.State.Gate.InFlight);
        Gauge("sandglass_backend_queued", "Requests that wait for a backend.", static g => g.Gate.State.Gate.Queued);
        Gauge("sandglass_backend_latency_ratio", "Round trips over what they take when nothing queues: 1 is no queue.", static g => g.Limit.Ratio);
        Gauge(
            "sandglass_backend_base_seconds",
            "What a round trip takes when nothing queues; 0 while unknown.",
            g => g.Limit.Base / host.Options.Time.TimestampFrequency);
        text.Family("sandglass_backend_limit_reason", "gauge", "1 for why the limit last moved or stayed.");
        foreach (var (name, _, limit) in gates)
        {
            text.Sample(1, ("backend", name), ("phase", PolicyShape.Word(limit.Phase)), ("reason", limit.Reason));
        }

        void Gauge(string name, string help, Func<(string Name, BackendGate Gate, LimitStatus Limit), double> value)
        {
            text.Family(name, "gauge", help);
            foreach (var gate in gates)
            {
                text.Sample(value(gate), ("backend", gate.Name));
            }
        }

        text.Family("sandglass_backend_requests_total", "counter", "Requests sent to a destination, by how they ended.");
        foreach (var destination in host.State.Destinations)
        {
            text.Sample(destination.Successes.Sum(), ("backend", destination.Backend), ("destination", destination.Name), ("result", "success"));
            text.Sample(destination.Failures.Sum(), ("backend", destination.Backend), ("destination", destination.Name), ("result", "failure"));
            text.Sample(destination.Ignored.Sum(), ("backend", destination.Backend), ("destination", destination.Name), ("result", "ignored"));
        }
    }

    private static void Destinations(PrometheusText text, GatewayHost host)
    {
        var now = host.Options.Time.GetTimestamp();
        var all = host.Store.Current.Backends.Values.SelectMany(static b => b.Destinations).ToArray();
        text.Family("sandglass_destination_healthy", "gauge", "1 unless probes say otherwise; destinations without `health` are not probed.");
        foreach (var one in all)
        {
            text.Sample(one.Backend.Health is null || one.State.Probes.Healthy ? 1 : 0, ("backend", one.Backend.Name), ("destination", one.Name));
        }

        text.Family("sandglass_destination_ejected", "gauge", "1 while a destination is left out because its requests failed too often.");
        foreach (var one in all)
        {
            text.Sample(one.Backend.Ejection is not null && one.State.Outliers.IsEjected(now) ? 1 : 0, ("backend", one.Backend.Name), ("destination", one.Name));
        }
    }

    private static void Attempts(PrometheusText text, GatewayHost host)
    {
        text.Family("sandglass_attempts_total", "counter", "Attempts after the first, by how they ended; refused: the budget was used up, or requests waited for the backend.");
        foreach (var (route, state) in host.State.AttemptsByRoute)
        {
            foreach (var kind in Enum.GetValues<AttemptKind>())
            {
                foreach (var result in Enum.GetValues<AttemptResult>())
                {
                    if (state.Total(kind, result) is var total and > 0)
                    {
                        text.Sample(total, ("route", route), ("kind", Word(kind)), ("result", Word(result)));
                    }
                }
            }
        }

        text.Family("sandglass_deadline_expired_total", "counter", "Requests whose time was up before a backend had a fair chance; not held against it.");
        foreach (var (route, state) in host.State.AttemptsByRoute)
        {
            if (state.Expired > 0)
            {
                text.Sample(state.Expired, ("route", route));
            }
        }
    }

    private static string Word<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static void Policy(PrometheusText text, GatewayHost host, string version)
    {
        var (applied, rejected) = host.Store.Reloads;
        text.Family("sandglass_requests_under_way", "gauge", "Requests that have not ended.");
        text.Sample(host.State.Ledger.UnderWay);
        text.Family("sandglass_policy_info", "gauge", "The policy in force.");
        text.Sample(1, ("revision", host.Store.Current.Revision));
        text.Family("sandglass_policy_reloads_total", "counter", "Policies taken and turned away, the first one included.");
        text.Sample(applied, ("result", "applied"));
        text.Sample(rejected, ("result", "rejected"));
        text.Family("sandglass_policy_last_reload_successful", "gauge", "1 when the last attempt was taken.");
        text.Sample(host.Store.Last.Accepted ? 1 : 0);
        text.Family("sandglass_fleet_members", "gauge", "Gateways of the fleet that this one knows of, itself included.");
        var fleet = host.State.Fleet;
        text.Sample(fleet.Members);
        text.Family("sandglass_fleet_up", "gauge", "1 while Redis shares the fleet's limits, 0 while each gateway has its share of them, or there is no fleet.");
        text.Sample(host.Store.Current.Fleet is not null && fleet.IsUp ? 1 : 0);
        text.Family("sandglass_redis_calls_total", "counter", "Calls to Redis; one speaks for all limits and keys.");
        text.Sample(fleet.Calls.Answered, ("result", "answered"));
        text.Sample(fleet.Calls.Failed, ("result", "failed"));
        text.Family("sandglass_build_info", "gauge", "What runs here.");
        text.Sample(1, ("version", version), ("runtime", Environment.Version.ToString()));
    }

    private static void Process(PrometheusText text)
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        text.Family("process_cpu_seconds_total", "counter", "CPU time, user and system.");
        text.Sample(process.TotalProcessorTime.TotalSeconds);
        text.Family("process_resident_memory_bytes", "gauge", "Resident memory.");
        text.Sample(process.WorkingSet64);
        text.Family("process_threads", "gauge", "Threads.");
        text.Sample(process.Threads.Count);
        text.Family("process_open_fds", "gauge", "Open file descriptors.");
        text.Sample(OpenFiles());
        text.Family("process_start_time_seconds", "gauge", "Start, seconds since 1970.");
        text.Sample(new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        text.Family("dotnet_gc_collections_total", "counter", "Garbage collections.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            text.Sample(GC.CollectionCount(generation), ("generation", generation.ToString(CultureInfo.InvariantCulture)));
        }

        text.Family("dotnet_gc_pause_seconds_total", "counter", "Time in collector pauses.");
        text.Sample(GC.GetTotalPauseDuration().TotalSeconds);
        text.Family("dotnet_gc_allocated_bytes_total", "counter", "Bytes allocated.");
        text.Sample(GC.GetTotalAllocatedBytes());
        text.Family("dotnet_gc_heap_bytes", "gauge", "Managed heap.");
        text.Sample(GC.GetTotalMemory(false));
        text.Family("dotnet_thread_pool_threads", "gauge", "Thread pool threads.");
        text.Sample(ThreadPool.ThreadCount);
        text.Family("dotnet_thread_pool_queue_depth", "gauge", "Work items waiting for a thread.");
        text.Sample(ThreadPool.PendingWorkItemCount);
    }

    private static int OpenFiles()
    {
        try
        {
            return Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
