using Microsoft.Extensions.ObjectPool;
using SandGlass.Access;
using SandGlass.Algorithms;
using SandGlass.Guarding;
using SandGlass.Policy;
using SandGlass.Telemetry;

namespace SandGlass.Request;

/// <summary>
/// The way of a request: Trust, then the route's rules one by one, then the backend; and back. There is one walk for all layers, so
/// there is one place for modes, for defects, for degraded answers, and for the end of a request. Async only where something is awaited.
/// </summary>
public sealed class Gateway
{
    private readonly PolicyStore _store;
    private readonly IForwarder _forwarder;
    private readonly Ledger _ledger;
    private readonly TimeProvider _time;
    private readonly ObjectPool<Passage> _pool;
    private readonly Answers _answers;
    private readonly ILogger _log;
    private readonly bool _tells;
    private readonly AccessLog? _access;

    /// <summary>A gateway.</summary>
    /// <param name="store">Where the snapshot is.</param>
    /// <param name="forwarder">What stands behind the last layer.</param>
    /// <param name="ledger">Counts every request once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="seed">Seeds the dice of the passages.</param>
    /// <param name="log">At Debug: of each request the peer, the client, and how it was found.</param>
    /// <param name="access">Where each request leaves a line, if its policy wants one; null: nowhere.</param>
    public Gateway(PolicyStore store, IForwarder forwarder, Ledger ledger, TimeProvider time, int seed, ILogger log, AccessLog? access = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        _access = access;
        _log = log;
        _tells = log.IsEnabled(LogLevel.Debug);
        _store = store;
        _forwarder = forwarder;
        _ledger = ledger;
        _time = time;
        _answers = new(time);
        _pool = new DefaultObjectPool<Passage>(new Passages(seed), 4096);
    }

    /// <summary>Whether answers tell clients to come back on another connection.</summary>
    public bool Draining { get; set; }

    /// <summary>Takes one request through.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        var now = _time.GetTimestamp();
        var passage = _pool.Get();
        passage.Begin(http, _store.Current, now);
        _ledger.Begin();
        passage.Connection = http.Features.Get<ConnectionUse>();
        passage.Connection?.Begin();
        TellDraining(http);
        try
        {
            if (passage.Snapshot.ExplainToken is not null)
            {
                SelfExplanation.Attach(http, passage.Snapshot, now);
            }

            var (verdict, rule) = Enter(passage, now);
            switch (verdict.Kind)
            {
                case VerdictKind.Admit:
                    return ForwardAsync(passage, returns: true);
                case VerdictKind.Wait:
                    return ReturnAfterAsync(passage, WaitAsync(passage, rule));
                default:
                    var way = verdict.Kind == VerdictKind.Answer ? Give(passage) : Refuse(passage, rule, verdict);
                    if (!way.IsCompletedSuccessfully)
                    {
                        return ReturnAfterAsync(passage, way);
                    }

                    break;
            }
        }
        catch (Exception defect)
        {
            Fail(passage, defect);
        }

        _pool.Return(passage);
        return Task.CompletedTask;
    }

    // Clients shall come back on another connection. HTTP/2 has no such header; there Kestrel says GOAWAY when the listener closes.
    private void TellDraining(HttpContext http)
    {
        if (Draining && http.Request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal))
        {
            http.Response.Headers.Connection = "close";
        }
    }

    // Trust, routing, then the rules of the route. The rule is null where no route matches.
    private (Verdict Verdict, Rule? Rule) Enter(Passage passage, long now)
    {
        var trust = passage.Snapshot.Trust;
        var verdict = Ask(passage, trust, now);
        if (_tells)
        {
            _log.LogDebug("Peer {Peer}, client {Client}: {Story}", passage.Peer.Text ?? "unknown", passage.Client.Text ?? "unknown", Layers.Trust.TrustLayer.Story(passage, trust));
        }

        if (!verdict.Admitted)
        {
            return (verdict, trust);
        }

        var http = passage.Http.Request;
        var host = Layers.Trust.HostName.WithoutPort(http.Host.Value);
        if (passage.Snapshot.Table.Find(http.Method, host, passage.Path, ref passage.Values) is not { } route)
        {
            return (Verdict.Refuse("no-route", 0, 0), null);
        }

        passage.Take(route);
        passage.Backend = route.Backend?.InCharge(passage, now);
        return Walk(passage, now);
    }

    private static (Verdict Verdict, Rule? Rule) Walk(Passage passage, long now)
    {
        var rules = passage.Route.RuleArray;
        for (; passage.Entered < rules.Length; passage.Entered++)
        {
            var rule = rules[passage.Entered];
            var verdict = Ask(passage, rule, now);
            if (!verdict.Admitted)
            {
                return (verdict, rule);
            }
        }

        return (Verdict.Admit, null);
    }

    // THE place where modes and defects mean something.
    private static Verdict Ask(Passage passage, Rule rule, long now)
    {
        Verdict verdict;
        try
        {
            verdict = rule.Layer.Decide(passage, rule, now);
        }
        catch (Exception defect)
        {
            passage.Snapshot.Defects.Report(rule, defect);
            return rule.Layer.FailsOpen ? Verdict.Admit : Verdict.Refuse("defect", 0, 0);
        }

        if (verdict.Admitted || rule.ActsOn(passage))
        {
            return verdict;
        }

        rule.Shadowed.Add();
        if (verdict.Kind == VerdictKind.Wait)
        {
            rule.Layer.Forgo(passage, rule);
        }

        passage.Answer = null;
        passage.Degraded = null;
        passage.Good = null;
        return Verdict.Admit;
    }

    private async Task WaitAsync(Passage passage, Rule? rule)
    {
        while (true)
        {
            Verdict verdict;
            try
            {
                verdict = await rule!.Layer.WaitAsync(passage, rule).ConfigureAwait(false);
            }
            catch (Exception defect)
            {
                passage.Snapshot.Defects.Report(rule!, defect);
                verdict = rule!.Layer.FailsOpen ? Verdict.Admit : Verdict.Refuse("defect", 0, 0);
            }

            if (verdict.Admitted)
            {
                passage.Entered++;
                (verdict, rule) = Walk(passage, _time.GetTimestamp());
            }

            if (verdict.Kind == VerdictKind.Wait)
            {
                continue;
            }

            await (verdict.Kind switch
            {
                VerdictKind.Admit => ForwardAsync(passage, returns: false),
                VerdictKind.Answer => Give(passage),
                _ => Refuse(passage, rule, verdict),
            }).ConfigureAwait(false);
            return;
        }
    }

    // Returns the passage itself where nothing is above it: one state machine less on the common way.
    private async Task ForwardAsync(Passage passage, bool returns)
    {
        try
        {
            if (passage.Route.Answer is { } fixedAnswer)
            {
                // A route without a backend: its answer is the served one.
                passage.Degraded = fixedAnswer;
                await EndAfter(passage, new(RequestOutcome.Served, Place.Forward)).ConfigureAwait(false);
                return;
            }

            ForwardResult result;
            var life = Layers.Coalesce.FetchLife.Of(passage);
            try
            {
                result = await _forwarder.ForwardAsync(passage).ConfigureAwait(false);
            }
            catch (Exception defect)
            {
                passage.Snapshot.Defects.Report(passage.Route, defect);
                result = new(ForwardEnd.Unreachable, StatusCodes.Status502BadGateway);
            }
            finally
            {
                life?.Dispose();
            }

            await FinishAsync(passage, result).ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            Fail(passage, defect);
        }
        finally
        {
            if (returns)
            {
                _pool.Return(passage);
            }
        }
    }

    private Task FinishAsync(Passage passage, in ForwardResult result)
    {
        switch (result.End)
        {
            case ForwardEnd.Answered when passage is { ClientLeft: true, Answer: not null }:
                // Fetched for those who wait or come later.
                End(passage, new(RequestOutcome.Aborted, Place.Forward) { Permit = result.Permit });
                return Task.CompletedTask;

            case ForwardEnd.Answered when passage.Answer is not null:
                return Give(passage, result.Permit);

            case ForwardEnd.Answered:
                var outcome = result.Status >= 500 ? RequestOutcome.Failed : RequestOutcome.Served;
                End(passage, new(outcome, Place.Forward) { Permit = result.Permit });
                return Task.CompletedTask;

            case ForwardEnd.ClientLeft:
                End(passage, new(RequestOutcome.Aborted, Place.Forward));
                return Task.CompletedTask;

            case ForwardEnd.CutOff:
                End(passage, new(RequestOutcome.Failed, Place.Forward) { Permit = result.Permit });
                return Task.CompletedTask;

            case ForwardEnd.ClientFault:
                passage.Rejection = new(Place.Trust, "body", result.Status, "body", Replaceable: false);
                break;

            default:
                var reason = result.End switch
                {
                    ForwardEnd.TimedOut => "timeout",
                    ForwardEnd.Expired => "deadline",
                    ForwardEnd.Withheld => "upstream-error",
                    _ => "unreachable",
                };
                passage.Rejection = new(Place.Forward, passage.Backend!.Name, result.Status, reason, result.Status == 503 ? 1 : 0);
                break;
        }

        return Decline(passage, result.Permit);
    }

    private Task Refuse(Passage passage, Rule? rule, in Verdict verdict)
    {
        if (passage.ClientLeft || verdict.Reason == Reasons.Abandoned)
        {
            End(passage, new(RequestOutcome.Aborted, rule?.Layer.Place ?? Place.None));
            return Task.CompletedTask;
        }

        passage.Rejection = rule is null ? new(Place.None, "no-route", StatusCodes.Status404NotFound, "no-route", Replaceable: false)
            : verdict.Reason == "defect"
                ? Defect(rule)
                : Reject(passage, rule, verdict);
        return Decline(passage, Outcome.Ignored);
    }

    private static Rejection Reject(Passage passage, Rule rule, in Verdict verdict)
    {
        try
        {
            return rule.Layer.Reject(passage, rule, verdict);
        }
        catch (Exception defect)
        {
            passage.Snapshot.Defects.Report(rule, defect);
            return Defect(rule);
        }
    }

    private static Rejection Defect(Rule rule) =>
        new(rule.Layer.Place, rule.Name, StatusCodes.Status503ServiceUnavailable, "defect", 1, Replaceable: false);

    // No answer of the backend's for this request: the nearest layer that has another one gives it.
    private Task Decline(Passage passage, Outcome permit)
    {
        var now = _time.GetTimestamp();
        var response = passage.Http.Response;
        if (response.HasStarted)
        {
            passage.Http.Abort();
            End(passage, new(passage.Rejection.IsFailure ? RequestOutcome.Failed : RequestOutcome.Refused, passage.Rejection.Layer) { Permit = permit });
            return Task.CompletedTask;
        }

        response.Clear();
        TellDraining(passage.Http);
        passage.Answer = null;
        passage.Degraded = null;
        passage.Good = null;
        var rejection = passage.Rejection;
        if (RuleWalk.TryRescue(passage, rejection, now))
        {
            return Give(passage, permit);
        }

        // The ending's permit speaks of the backend; whose fault it was is the outcome.
        var ending = new Ending(rejection.IsFailure ? RequestOutcome.Failed : RequestOutcome.Refused, rejection.Layer) { Permit = permit };
        return EndAfter(passage, ending);
    }

    private Task Give(Passage passage) => Give(passage, Outcome.Success);

    // Gives what a layer has put into the passage: a kept answer or a degraded one.
    private Task Give(Passage passage, Outcome permit)
    {
        if (passage.Refresh is not null)
        {
            Refresh(passage);
        }

        if (passage is { Answer: null, Degraded.Backend: not null })
        {
            return DivertAsync(passage, permit);
        }

        if (passage.Answer is null)
        {
            return EndAfter(passage, new(RequestOutcome.Fallback, passage.Rejection.Layer) { Permit = permit });
        }

        var layer = passage.AnswerOutcome switch
        {
            RequestOutcome.Served => Place.Forward,
            RequestOutcome.Fallback => passage.Rejection.Layer,
            _ => Place.Coalesce,
        };
        return EndAfter(passage, new(passage.AnswerOutcome, layer) { Permit = permit });
    }

    // Another backend answers in the place of this one, as long as the chain of fallbacks has one to ask.
    private async Task DivertAsync(Passage passage, Outcome permit)
    {
        // What failed holds nothing any more while another is asked, and is not taken for it. The client's request is under way still.
        RuleWalk.Part(passage, new(RequestOutcome.Fallback, passage.Rejection.Layer) { Permit = permit }, _time.GetTimestamp());
        (passage.Leads, passage.Flight) = (false, null);
        var ending = new Ending(RequestOutcome.Fallback, passage.Rejection.Layer) { Permit = permit };
        while (passage is { Answer: null, Degraded: { Backend: not null } plan })
        {
            var end = await OtherBackend.AskAsync(passage, plan, _forwarder, _time).ConfigureAwait(false);
            if (end is not (ForwardEnd.Withheld or ForwardEnd.Unreachable or ForwardEnd.TimedOut or ForwardEnd.Expired) || passage.ClientLeft)
            {
                End(passage, end switch
                {
                    ForwardEnd.Answered => ending,
                    ForwardEnd.CutOff => ending with { Outcome = RequestOutcome.Failed },
                    ForwardEnd.ClientFault => ending with { Outcome = RequestOutcome.Refused, Layer = Place.Trust },
                    _ => ending with { Outcome = RequestOutcome.Aborted },
                });
                return;
            }

            passage.Http.Response.Clear();
            TellDraining(passage.Http);
            (passage.Answer, passage.Degraded, passage.Good) = (null, null, null);
            if (passage.Rejection.Layer == Place.Fallback)
            {
                await ResumeAsync(passage).ConfigureAwait(false);
                return;
            }

            if (!RuleWalk.TryRescue(passage, passage.Rejection with { DivertTo = plan.Else }, _time.GetTimestamp()))
            {
                ending = ending with { Outcome = passage.Rejection.IsFailure ? RequestOutcome.Failed : RequestOutcome.Refused };
            }
        }

        await EndAfter(passage, ending).ConfigureAwait(false);
    }

    // The other backend was only tried, and cannot: the request goes its way as if nothing had been.
    private Task ResumeAsync(Passage passage)
    {
        passage.Holding = Holding.All;
        passage.Rejection = default;
        passage.Backend = passage.Route.Backend?.InCharge(passage, _time.GetTimestamp());
        passage.Entered++;
        var (verdict, rule) = Walk(passage, _time.GetTimestamp());
        return verdict.Kind switch
        {
            VerdictKind.Admit => ForwardAsync(passage, returns: false),
            VerdictKind.Wait => WaitAsync(passage, rule),
            VerdictKind.Answer => Give(passage),
            _ => Refuse(passage, rule, verdict),
        };
    }

    // The client has its stale answer; the fetch that renews it goes the rest of the way by itself, with a request of its own.
    private void Refresh(Passage from)
    {
        var now = _time.GetTimestamp();
        var passage = _pool.Get();
        passage.BeginRefresh(from, RehearsedRequest.Detach(from.Http), from.Refresh!, from.RefreshFrom, now);
        from.Refresh = null;
        _ = Task.Run(() => RefreshAsync(passage));
    }

    private async Task RefreshAsync(Passage passage)
    {
        var permit = Outcome.Ignored;
        try
        {
            var (verdict, rule) = Walk(passage, _time.GetTimestamp());
            while (verdict.Kind == VerdictKind.Wait)
            {
                verdict = await rule!.Layer.WaitAsync(passage, rule).ConfigureAwait(false);
                if (verdict.Admitted)
                {
                    passage.Entered++;
                    (verdict, rule) = Walk(passage, _time.GetTimestamp());
                }
            }

            if (verdict.Admitted)
            {
                permit = (await _forwarder.ForwardAsync(passage).ConfigureAwait(false)).Permit;
            }
        }
        catch (Exception defect)
        {
            passage.Snapshot.Defects.Report(passage.Route, defect);
        }

        RuleWalk.Back(passage, new(RequestOutcome.Served, Place.Forward) { Permit = permit }, _time.GetTimestamp());
        _pool.Return(passage);
    }

    // Writes the answer that is ours to give, then ends.
    private Task EndAfter(Passage passage, in Ending ending)
    {
        var written = Write(passage);
        if (written.IsCompletedSuccessfully)
        {
            End(passage, ending);
            return Task.CompletedTask;
        }

        return EndAfterAsync(passage, written, ending);
    }

    // Throws where a header is one that the server does not take; Fail ends the request then.
    private Task Write(Passage passage) =>
        passage.Answer is { } answer ? _answers.WriteAsync(passage, answer)
        : passage.Good is { } good ? _answers.WriteAsync(passage, good)
        : passage.Degraded is { } degraded ? _answers.WriteAsync(passage, degraded)
        : _answers.WriteAsync(passage, passage.Rejection);

    private async Task EndAfterAsync(Passage passage, Task written, Ending ending)
    {
        try
        {
            await written.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ending = ending with { Outcome = RequestOutcome.Aborted };
        }

        End(passage, passage.ClientLeft ? ending with { Outcome = RequestOutcome.Aborted } : ending);
    }

    // Our own fault, outside of any layer: the request still ends, once, and the client is not left hanging.
    private void Fail(Passage passage, Exception defect)
    {
        if (passage.ClientLeft)
        {
            End(passage, new(RequestOutcome.Aborted, Place.Forward));
            return;
        }

        passage.Snapshot.Defects.Report(passage.Route, defect);
        try
        {
            var response = passage.Http.Response;
            response.Clear();
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.Headers.RetryAfter = "1";
        }
        catch (InvalidOperationException)
        {
            // The head is out already: a cut connection is the only honest answer left.
            passage.Http.Abort();
        }

        End(passage, new(RequestOutcome.Failed, Place.None));
    }

    // The one end of a request.
    private void End(Passage passage, in Ending ending)
    {
        if (passage.Ended)
        {
            return;
        }

        passage.Ended = true;
        var now = _time.GetTimestamp();
        RuleWalk.Back(passage, ending, now);
        if (passage.Refresh is not null)
        {
            Refresh(passage);
        }

        _ledger.End(passage.Route.Tally, ending, now - passage.StartedAt);
        passage.Connection?.End(now);
        if (passage.Snapshot.AccessLog is { } plan)
        {
            Log(passage, ending, plan, now);
        }
    }

    // The request has ended already: a defect here is told, and is no request's.
    private void Log(Passage passage, in Ending ending, AccessLogPlan plan, long now)
    {
        try
        {
            _access?.Add(plan, passage, ending, now - passage.StartedAt);
        }
        catch (Exception defect)
        {
            passage.Snapshot.Defects.Report("access-log", defect);
        }
    }

    private async Task ReturnAfterAsync(Passage passage, Task way)
    {
        try
        {
            await way.ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            Fail(passage, defect);
        }
        finally
        {
            _pool.Return(passage);
        }
    }

    private sealed class Passages(int seed) : PooledObjectPolicy<Passage>
    {
        private ulong _next = (ulong)seed;

        // SplitMix64: neighbours in the sequence give unlike dice.
        public override Passage Create()
        {
            var z = Interlocked.Add(ref _next, 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return new(z ^ (z >> 31));
        }

        public override bool Return(Passage obj)
        {
            obj.End();
            return true;
        }
    }
}
