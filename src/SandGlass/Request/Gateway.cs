using SandGlass.Access;
using SandGlass.Algorithms;
using SandGlass.Guarding;
using SandGlass.Policy;
using SandGlass.Telemetry;

namespace SandGlass.Request;

/// <summary>
/// The way of a request: Trust, then the route's rules one by one, then the backend; and back. There is one walk for all layers, so
/// there is one place for modes and for defects (<see cref="Asking"/>), for degraded answers (<see cref="LastWord"/>), and for the end of a
/// request (<see cref="RequestEnd"/>). Async only where something is awaited.
/// </summary>
public sealed class Gateway
{
    private readonly PolicyStore _store;
    private readonly IForwarder _forwarder;
    private readonly Ledger _ledger;
    private readonly TimeProvider _time;
    private readonly PassagePool _pool;
    private readonly RequestEnd _end;
    private readonly LastWord _lastWord;
    private readonly Draining _draining = new();
    private readonly ILogger _log;
    private readonly bool _tells;

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
        _log = log;
        _tells = log.IsEnabled(LogLevel.Debug);
        _store = store;
        _forwarder = forwarder;
        _ledger = ledger;
        _time = time;
        _pool = new(seed);
        var refresher = new Refresher(_pool, forwarder, time);
        _end = new(ledger, refresher, time, access);
        _lastWord = new(_end, refresher, new(_end, forwarder, time, _draining, GoOn), _draining, time);
    }

    /// <summary>Whether answers tell clients to come back on another connection.</summary>
    public bool Draining
    {
        get => _draining.IsOn;
        set => _draining.IsOn = value;
    }

    /// <summary>Takes one request through.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        var now = _time.GetTimestamp();
        var passage = _pool.Get();
        passage.Begin(http, _store.Current, now);
        _ledger.Begin();
        passage.Connection = http.Features.Get<ConnectionUse>();
        passage.Connection?.Begin();
        _draining.Tell(http);
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
                    var way = verdict.Kind == VerdictKind.Answer ? _lastWord.Give(passage) : _lastWord.Refuse(passage, rule, verdict);
                    if (!way.IsCompletedSuccessfully)
                    {
                        return ReturnAfterAsync(passage, way);
                    }

                    break;
            }
        }
        catch (Exception defect)
        {
            _end.Fail(passage, defect);
        }

        _pool.Return(passage);
        return Task.CompletedTask;
    }

    // Trust, routing, then the rules of the route. The rule is null where no route matches.
    private (Verdict Verdict, Rule? Rule) Enter(Passage passage, long now)
    {
        var trust = passage.Snapshot.Trust;
        var verdict = Asking.One(passage, trust, now);
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
        passage.Choose(route.Backend?.InCharge(passage, now));
        return Asking.Rest(passage, now);
    }

    // From the rule at which it stands.
    private Task GoOn(Passage passage)
    {
        var (verdict, rule) = Asking.Rest(passage, _time.GetTimestamp());
        return Go(passage, rule, verdict);
    }

    private Task Go(Passage passage, Rule? rule, in Verdict verdict) => verdict.Kind switch
    {
        VerdictKind.Admit => ForwardAsync(passage, returns: false),
        VerdictKind.Wait => WaitAsync(passage, rule),
        VerdictKind.Answer => _lastWord.Give(passage),
        _ => _lastWord.Refuse(passage, rule, verdict),
    };

    private async Task WaitAsync(Passage passage, Rule? rule)
    {
        Verdict verdict;
        do
        {
            try
            {
                verdict = await rule!.Layer.WaitAsync(passage, rule).ConfigureAwait(false);
            }
            catch (Exception defect)
            {
                verdict = Asking.OfDefect(passage, rule!, defect);
            }

            if (verdict.Admitted)
            {
                passage.Entered++;
                (verdict, rule) = Asking.Rest(passage, _time.GetTimestamp());
            }
        }
        while (verdict.Kind == VerdictKind.Wait);

        await Go(passage, rule, verdict).ConfigureAwait(false);
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
                await _end.EndAfter(passage, new(RequestOutcome.Served, Place.Forward)).ConfigureAwait(false);
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

            await _lastWord.Finish(passage, result).ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            _end.Fail(passage, defect);
        }
        finally
        {
            if (returns)
            {
                _pool.Return(passage);
            }
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
            _end.Fail(passage, defect);
        }
        finally
        {
            _pool.Return(passage);
        }
    }
}
