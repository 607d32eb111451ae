using Microsoft.AspNetCore.Http.Features;
using SandGlass.Algorithms.Breaking;
using SandGlass.Algorithms.Concurrency;
using SandGlass.Guarding;
using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Fallback;
using SandGlass.Layers.RateLimit;
using SandGlass.Layers.Shed;
using SandGlass.Policy;
using SandGlass.Telemetry;
using SandGlass.Yarp;

namespace SandGlass.Request;

/// <summary>
/// One request's way through the glass: its facts, the snapshot that it sees from end to end, and what the layers hold for it.
/// The one object a request costs; pooled. Not thread-safe: a request is in one place at a time.
/// </summary>
public sealed class Passage
{
    private ulong _dice;
    private Stream? _sentBody;

    /// <summary>A passage for the pool.</summary>
    /// <param name="seed">Seeds this passage's rolls; any number.</param>
    public Passage(ulong seed) => _dice = seed | 1;

    /// <summary>The request and response.</summary>
    public HttpContext Http { get; private set; } = null!;

    /// <summary>The one policy that this request sees.</summary>
    public Snapshot Snapshot { get; private set; } = null!;

    /// <summary>The route; before routing and where none matches, the snapshot's "none".</summary>
    public RoutePlan Route { get; private set; } = null!;

    /// <summary>When the request reached us, monotonic ticks.</summary>
    public long StartedAt { get; private set; }

    /// <summary>From when on its time runs, monotonic ticks: <see cref="StartedAt"/>, and as much later as we waited for its body.</summary>
    public long DueFrom;

    /// <summary>Whether the request is only explained, not taken through: nothing may be charged, held or counted for it.</summary>
    public bool IsRehearsal { get; init; }

    /// <summary>The TCP peer: the client itself, or the last proxy before us.</summary>
    public ClientAddress Peer;

    /// <summary>The client, as Trust believes it.</summary>
    public ClientAddress Client;

    /// <summary>How <see cref="Client"/> was derived.</summary>
    public Derivation Derivation;

    /// <summary>Whose state this request uses.</summary>
    public Partition Partition;

    /// <summary>Whether the TCP peer is one of the trusted proxies, and proves it where the policy asks for a proof.</summary>
    public bool FromTrustedProxy;

    /// <summary>Trust: how long a trusted proxy still waits, milliseconds from <see cref="DueFrom"/>; 0 where it does not say.</summary>
    public int WaitsMs;

    /// <summary>The target in normal form: path, then <c>?query</c>. What is matched, keyed and forwarded.</summary>
    public string Target = "/";

    /// <summary>Length of the path in <see cref="Target"/>.</summary>
    public int PathLength;

    /// <summary>The path in normal form.</summary>
    public ReadOnlySpan<char> Path => Target.AsSpan(0, PathLength);

    /// <summary>The query without its question mark; empty where there is none.</summary>
    public ReadOnlySpan<char> Query => PathLength + 1 < Target.Length ? Target.AsSpan(PathLength + 1) : default;

    /// <summary>Where the route's parameters lie in <see cref="Target"/>, in the route's order.</summary>
    public RouteValues Values;

    /// <summary>How much it matters: the route's criticality, or what a trusted proxy says.</summary>
    public Criticality Criticality;

    /// <summary>The backend that is asked; null before routing and where the route has none.</summary>
    public BackendPlan? Backend;

    /// <summary>The backend as route and switches have it: where an attempt or a fallback goes elsewhere, <see cref="Backend"/> goes with it and this does not.</summary>
    public BackendPlan? ChosenBackend { get; private set; }

    /// <summary>Ticks that the backend says the request waited there; below 0 where it did not say.</summary>
    public long QueuedThere;

    /// <summary>How long the head of the answer may take: as the route says, unless a switch says otherwise.</summary>
    public TimeSpan Timeout;

    /// <summary>How many of the route's rules have been asked and let the request pass; the gateway walks back over them.</summary>
    public int Entered;

    /// <summary>What the refusal or failure was; meaningful once one happened.</summary>
    public Rejection Rejection;

    /// <summary>The client's headers that may go on, as Trust left them.</summary>
    public KeptHeaders Kept { get; } = new();

    /// <summary>Names of the headers that Trust took off; here so that its list is made once.</summary>
    internal List<string> Dropped { get; } = new(4);

    // What layers hold for this request, each owned by the layer it is named after.

    /// <summary>RateLimit: the tightest enforced limit, for the headers.</summary>
    public Quota Quota;

    /// <summary>RateLimit: the tick of its turn, where it waits for one.</summary>
    public long TurnAt;

    /// <summary>Fallback: the degraded answer to give.</summary>
    public FallbackPlan? Degraded;

    /// <summary>Fallback: the last good answer to give in place of <see cref="Degraded"/>; null: that one itself.</summary>
    public GoodAnswer? Good;

    /// <summary>RateLimit: which of the route's rules took a token, one bit for each place in its list.</summary>
    public ulong Charged;

    /// <summary>RateLimit: whether one of the route's rules has refused it; then none is charged, whatever becomes of the request.</summary>
    public bool IsOverQuota;

    /// <summary>Switch: multiplies the rates of this request's limits; 1 without a switch.</summary>
    public double RateScale;

    /// <summary>Switch: overrides the micro-cache's time to live, in ticks; 0 without a switch.</summary>
    public long TtlOverride;

    /// <summary>Hot keys: whether the request's key is hot.</summary>
    public bool IsHot;

    /// <summary>Hot keys: the hash of its key; meaningful where the route counts them.</summary>
    public ulong HotKey;

    /// <summary>Coalesce: the fetch that this request leads or follows.</summary>
    public Flight? Flight;

    /// <summary>Coalesce: whether this request's answer is to be kept for others.</summary>
    public bool Leads;

    /// <summary>Coalesce: what <c>Cache-Status</c> says; null on routes that do not coalesce, and before they do.</summary>
    public string? CacheStatus;

    /// <summary>Coalesce: the answer to give, or the one just fetched.</summary>
    public StoredAnswer? Answer;

    /// <summary>Coalesce: how long <see cref="Answer"/> is fresh from when it was stored on, ticks.</summary>
    public long FreshFor;

    /// <summary>Coalesce: until when <see cref="LastGood"/> may be given in place of a failure, monotonic ticks.</summary>
    public long StaleUntil;

    /// <summary>Coalesce: the fetch in the background that goes with the stale answer given here.</summary>
    public Flight? Refresh;

    /// <summary>Coalesce: how many of the route's rules that fetch has behind it.</summary>
    public int RefreshFrom;

    /// <summary>Coalesce: the rule that wants to know whether the answer to these credentials is for all; null: none does.</summary>
    public CoalescePlan? Teaches;

    /// <summary>Coalesce: whether it is.</summary>
    public bool IsForAll;

    /// <summary>Whether this is such a fetch: nobody waits for what it writes, and it is no request.</summary>
    public bool IsRefresh { get; private set; }

    /// <summary>Coalesce: the backend's status where the client gets another; 0: it does not.</summary>
    public int FetchStatus;

    /// <summary>Coalesce: the newest answer known for this key, stale; a fallback may use it.</summary>
    public StoredAnswer? LastGood;

    /// <summary>Coalesce: how <see cref="Answer"/> came about.</summary>
    public RequestOutcome AnswerOutcome;

    /// <summary>Shed: the place in the queue while waiting.</summary>
    public GateTicket? Ticket;

    /// <summary>Shed: the permit of the gate of the backend that is asked; goes over to another's where an attempt goes to another.</summary>
    public GatePermit Permit;

    /// <summary>Shed: where it is noted when this client is told to come back; null: nowhere.</summary>
    public ReturnBook? Returns;

    /// <summary>Shed: the cookie with which a session begins or ends; null: none.</summary>
    public string? SessionCookie;

    /// <summary>Break: the permit of the breaker.</summary>
    public BreakerPermit BreakerPermit;

    /// <summary>Break: whether <see cref="BreakerPermit"/> is held.</summary>
    public bool HoldsBreaker;

    /// <summary>Forward: when the request was sent to the backend, monotonic ticks; 0 before.</summary>
    public long ForwardedAt;

    /// <summary>Forward: whether the answer is a stream, which lasts as long as the client likes.</summary>
    public bool IsStream;

    /// <summary>Forward: the forwarder's own companion of this passage, made once and pooled with it.</summary>
    public object? Forwarding;

    /// <summary>What the rules still hold for it.</summary>
    public Holding Holding;

    /// <summary>The connection it came on; null where there is none, as in tests and rehearsals.</summary>
    internal ConnectionUse? Connection { get; set; }

    /// <summary>Whether the request has been counted.</summary>
    public bool Ended;

    /// <summary>The request's headers.</summary>
    public IHeaderDictionary Headers => Http.Request.Headers;

    /// <summary>A roll of this request's dice, [0, 1): xorshift64*, seeded once a passage.</summary>
    public double Roll() => (Draw() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The same dice, 64 bits of them.</summary>
    public ulong Draw()
    {
        _dice ^= _dice >> 12;
        _dice ^= _dice << 25;
        _dice ^= _dice >> 27;
        return _dice * 2685821657736338717UL;
    }

    /// <summary>Whether the client's body has been waited for, and is here.</summary>
    public bool HasBody => _sentBody is not null;

    /// <summary>The client's body has come. It goes with the request: a server keeps what is put in its body's place, on an idle connection, until the next one comes.</summary>
    public void HoldBody(byte[] body)
    {
        _sentBody ??= Http.Request.Body;
        Http.Request.Body = new MemoryStream(body, writable: false);
    }

    /// <summary>Whether the client has left.</summary>
    public bool ClientLeft => Http.RequestAborted.IsCancellationRequested;

    /// <summary>Takes a request in.</summary>
    public void Begin(HttpContext http, Snapshot snapshot, long now)
    {
        Http = http;
        Snapshot = snapshot;
        Route = snapshot.NoRoute;
        Criticality = Route.Criticality;
        Timeout = Route.Timeout;
        Backend = ChosenBackend = null;
        QueuedThere = -1;
        StartedAt = DueFrom = now;
        Peer = default;
        Client = default;
        Derivation = default;
        FromTrustedProxy = false;
        WaitsMs = 0;
        Partition = Partition.Live;
        Target = "/";
        PathLength = 1;
        Values = default;
        Entered = 0;
        Quota = default;
        RateScale = 1;
        TtlOverride = 0;
        IsHot = false;
        HotKey = 0;
        Flight = null;
        Leads = false;
        CacheStatus = null;
        Answer = null;
        FreshFor = 0;
        Degraded = null;
        Good = null;
        Charged = 0;
        IsOverQuota = false;
        LastGood = null;
        StaleUntil = 0;
        Refresh = null;
        RefreshFrom = 0;
        Teaches = null;
        IsForAll = false;
        IsRefresh = false;
        FetchStatus = 0;
        AnswerOutcome = default;
        Ticket = null;
        Permit = default;
        Returns = null;
        SessionCookie = null;
        HoldsBreaker = false;
        ForwardedAt = 0;
        IsStream = false;
        Holding = Holding.All;
        Ended = false;
        Rejection = default;
    }

    /// <summary>Takes over the fetch of a request that needs no fetch any more; with a copy of the request, which may end before.</summary>
    /// <param name="from">The request.</param>
    /// <param name="http">The copy.</param>
    /// <param name="flight">The fetch.</param>
    /// <param name="entered">How many of the route's rules it has passed.</param>
    /// <param name="now">Monotonic ticks.</param>
    public void BeginRefresh(Passage from, HttpContext http, Flight flight, int entered, long now)
    {
        ArgumentNullException.ThrowIfNull(from);
        Begin(http, from.Snapshot, now);
        IsRefresh = true;
        Route = from.Route;
        Criticality = from.Criticality;
        // As a switch has it, which this fetch does not pass again; not where a retry or a fallback went in the end.
        Choose(from.ChosenBackend);
        Timeout = from.Timeout;
        Client = from.Client;
        Partition = from.Partition;
        (Target, PathLength, Values) = (from.Target, from.PathLength, from.Values);
        Entered = entered;
        Flight = flight;
        Leads = true;
        (IsHot, HotKey) = (from.IsHot, from.HotKey);
        LastGood = flight?.Known;
    }

    /// <summary>Route or switch say which backend is asked.</summary>
    public void Choose(BackendPlan? backend) => Backend = ChosenBackend = backend;

    /// <summary>A route takes it.</summary>
    public void Take(RoutePlan route)
    {
        ArgumentNullException.ThrowIfNull(route);
        Route = route;
        Choose(route.Backend);
        Timeout = route.Timeout;
        Criticality = Snapshot.CriticalityHeader is { } header
            && FromTrustedProxy
            && Headers[header] is [{ } said]
            && Criticalities.TryParse(said, out var told) ? told : route.Criticality;
    }

    /// <summary>Gives back <see cref="Permit"/>, if one is held.</summary>
    public void GiveBackPermit(Algorithms.Outcome outcome, long now)
    {
        var permit = Permit;
        Permit = default;
        permit.GiveBack(outcome, now, Route.Slot, QueuedThere);
    }

    /// <summary>Lets go of everything that belongs to the request, before the passage goes back to the pool.</summary>
    public void End()
    {
        if (_sentBody is not null)
        {
            Http.Request.Body = _sentBody;
            _sentBody = null;
        }

        Connection = null;
        Kept.Clear();
        Dropped.Clear();
        Http = null!;
        Snapshot = null!;
        Route = null!;
        Flight = null;
        Refresh = null;
        Teaches = null;
        Answer = null;
        LastGood = null;
        Degraded = null;
        Good = null;
        Ticket = null;
        Backend = ChosenBackend = null;
        Permit = default;
        Returns = null;
        // It may be 8 KB.
        Target = "/";
    }
}
