using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SandGlass.Access;
using SandGlass.Admin;
using SandGlass.Alarms;
using SandGlass.Algorithms.Keys;
using SandGlass.Events;
using SandGlass.Fleet;
using SandGlass.Guarding;
using SandGlass.Layers.Switch;
using SandGlass.Layers.Trust;
using SandGlass.Plans;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;
using SandGlass.Yarp;
using Yarp.ReverseProxy.Forwarder;

namespace SandGlass.Hosting;

/// <summary>
/// One running gateway: the data listener, the admin listener, the policy and what watches it. The two listeners are two servers, so
/// that neither can ever answer for the other.
/// </summary>
public sealed class GatewayHost : IAsyncDisposable
{
    private const string LastGood = "last-good.json";

    private readonly List<IAsyncDisposable> _parts = [];
    private Gateway _gateway = null!;
    private WebApplication _data = null!;
    private PolicyWatcher _watcher = null!;
    private WebApplication _admin = null!;
    private Task _prepared = Task.CompletedTask;
    private int _stopped;

    private GatewayHost(GatewayOptions options) => Options = options;

    /// <summary>How it was set up.</summary>
    public GatewayOptions Options { get; }

    /// <summary>The policy.</summary>
    public PolicyStore Store { get; private set; } = null!;

    /// <summary>What has happened.</summary>
    public GatewayState State { get; private set; } = null!;

    /// <summary>The connections that clients hold.</summary>
    internal ClientConnections Connections { get; private set; } = null!;

    /// <summary>The lines that requests leave.</summary>
    public AccessLog AccessLog { get; private set; } = null!;

    /// <summary>Where the site's traffic is taken, with the real ports.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    /// <summary>Where operators are served, with the real port.</summary>
    public string AdminAddress { get; private set; } = string.Empty;

    /// <summary>All that the admin listener answers, for whoever must look at every one of them.</summary>
    public IReadOnlyList<Endpoint> AdminEndpoints { get; private set; } = [];

    /// <summary>Whether it has been told to stop: not ready any more, but still serving.</summary>
    public bool Draining => _gateway.Draining;

    /// <summary>Starts a gateway.</summary>
    /// <exception cref="StartException">It could not start; nothing is left behind.</exception>
    public static async Task<GatewayHost> StartAsync(GatewayOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var host = new GatewayHost(options);
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Says that it is about to stop: <c>/readyz</c> turns 503 at once, answers carry <c>Connection: close</c>, all is still served.</summary>
    public void Drain() => _gateway.Draining = true;

    /// <summary>Makes the first throw of a switch as quick as the second, beside what is served. Nothing tells that it was done.</summary>
    public Task PrepareFirstThrow() => _prepared = Task.Run(() => FirstThrow.PrepareAsync(AdminEndpoints, _admin.Services, Store.Current.Policy, Options.Time));

    /// <summary>Looks at the policy's file now.</summary>
    public void Reload() => _watcher.Wake();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            await _prepared.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var part in Enumerable.Reverse(_parts))
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        var logs = LoggerFactory.Create(l => Logs.Configure(l, Options.LogLevel));
        _parts.Add(new Disposer(logs));
        var log = logs.CreateLogger("SandGlass");
        var listen = Options.Listen.Select(static l => ListenAddress.Parse(l, "--listen")).ToArray();
        var admin = ListenAddress.Parse(Options.Admin, "--admin");
        var folder = new StateFolder(Options.StateDirectory, log);

        State = new(Options.Time, new Defects(log));
        _parts.Add(new Disposer(State));
        State.Fleet.Given = Options.Redis is { } redis
            ? RedisAddress.TryParse(redis, out var wrong) ?? throw new StartException(2, $"--redis: the connection {wrong}")
            : null;
        var key = Options.Seed is { } seed ? new SipKey((ulong)seed, ~(ulong)seed) : RandomKey();
        var pipeline = new Pipeline(key, Options.Time);
        Store = new(new(pipeline, State), State, Options.PolicyFile, log);
        var audit = new Audit(folder, Options.Time, log);
        var timeline = new Timeline(folder, audit, Options.Time);
        var history = new PolicyHistory(folder, Options.Time);
        var seen = LoadPolicy(folder, log);
        Join(Store.Current);
        Store.Changed += Join;
        // After the policy: it says whether there is a fleet that knows better when a switch ends.
        var board = new SwitchBoard(State, folder, audit, Options.Time, id => Store.Current.Switches.TryGetValue(id, out var plan) && plan.Mode != Mode.Off);

        _parts.Add(new LastGoodFiles(State, () => Store.Current, folder, Options.Time, log));
        // Ends after the listeners: the last request's line is written too.
        AccessLog = new(() => Store.Current.AccessLog, folder, () => Options.AccessOutput ?? StandardStreams.Output(), Options.Time, log);
        _parts.Add(AccessLog);
        Connections = new(() => Store.Current, Options.Time);
        _data = BuildData(listen);
        var forwarder = new YarpForwarder(_data.Services.GetRequiredService<IHttpForwarder>(), Options.Time, log);
        _parts.Add(new Disposer(forwarder));
        _gateway = new(Store, forwarder, State.Ledger, Options.Time, Options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue), log, AccessLog);
        _data.Run(_gateway.InvokeAsync);

        var kestrel = _data.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
        EdgeLimits.Apply(kestrel.Limits, Store.Current.Policy.Edge.Limits);
        Store.Changed += snapshot => EdgeLimits.Apply(kestrel.Limits, snapshot.Policy.Edge.Limits);
        Store.Changed += KeepLimits;
        Store.Changed += snapshot => Keep(snapshot, "the file was changed", folder, history, log);
        Keep(Store.Current, "found at the start", folder, history, log);

        Addresses = await ListenAsync(_data, listen, "--listen", cancellationToken).ConfigureAwait(false);
        _parts.Add(new Stopper(_data));

        var files = new CgroupFiles();
        var openFiles = files.OpenFiles();
        _parts.Add(new GuardLoop(
            State.Guard, Options.Readings ?? new MachineReadings(files), () => Store.Current.Policy.Shedding.Self.Bounds(openFiles), () => Connections.Open, Connections.CloseIdle, Options.Time, log));

        CertificateWatch? certificates = null;
        var sampler = new Sampler(State, Store, board, Options.Time);
        _parts.Add(sampler);
        var alarms = new AlarmBoard(new(State, Store, sampler, folder.Path, () => certificates?.LeftSeconds ?? double.NaN), Options.Time, log);
        var webhook = new AlarmWebhook(
            () => (Store.Current.Webhook, Store.Current.Policy.Name, AdminAddress), AlarmWebhook.Handler(), Options.Time, Options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue), log);
        _parts.Add(webhook);
        alarms.Changed += webhook.Tell;
        alarms.Beat(Store.Current);
        var plans = new PlanBoard(State, () => Store.Current, board, alarms, folder, audit, Options.Time, log);
        sampler.Beaten += () => alarms.Beat(Store.Current);
        sampler.Beaten += plans.Beat;
        sampler.Beaten += new HotKeyDay(Store, Options.Time).Beat;
        alarms.Changed += alarm => timeline.Add(TimelineEntry.OfAlarm(alarm, Options.Time.GetLocalNow()));
        sampler.Beaten += new TimelineWatch(timeline, State, Store, Options.Time).Beat;
        var adminApp = AdminHost.Build(admin, new(this, board, sampler, history, new(Store, history, audit), audit, Options, alarms, webhook, plans, new(plans, () => Store.Current, () => sampler.Now, Options.Time, State.Fleet.Share), timeline), Options.LogLevel);
        AdminAddress = (await ListenAsync(adminApp, [admin], "--admin", cancellationToken).ConfigureAwait(false))[0];
        certificates = new([.. Addresses, AdminAddress], Options.Time);
        _parts.Add(certificates);
        _admin = adminApp;
        AdminEndpoints = [.. ((IEndpointRouteBuilder)adminApp).DataSources.SelectMany(static s => s.Endpoints)];
        _parts.Add(new Stopper(adminApp));

        State.Fleet.Share.Name = $"{Environment.MachineName}:{AdminAddress[(AdminAddress.LastIndexOf(':') + 1)..].TrimEnd('/')}";
        _parts.Add(new FleetLoop(State.Fleet, () => Store.Current.Fleet, Options.Time, Options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue), log, new FleetMemory(folder)));
        var shared = Options.SharedAnswers ?? new FleetAnswers(() => Store.Current.Fleet?.Settings, () => Store.Current.Policy.LastGood.SharedBytes.Bytes, Options.Time);
        _parts.Add(new LastGoodShare(
            State, () => Store.Current, shared, () => Store.Current.Policy.LastGood.Share && (Options.SharedAnswers is not null || Store.Current.Fleet is not null), Options.Time, log));
        _parts.Add(new FallbackRounds(() => Store.Current, Options.Time, log));
        _parts.Add(new HealthLoop(() => Store.Current, Options.Time, Options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue), log));
        _watcher = new(Store, seen, Options.Time, log);
        _parts.Add(_watcher);
        _parts.Add(new ListAges(() => Store.Current.Trust, Options.Time, log));

        // Last, so that a start that fails says one thing only: why.
        if (Store.Last is { Accepted: true, Problems.Count: > 0 and var warnings })
        {
            log.LogWarning("{File} is valid, with {Count} warning(s): sandglass check {File} shows them", Options.PolicyFile, warnings, Options.PolicyFile);
        }
    }

    // The policy at start: the file, or else the last one that was good, or else no start. Returns the hash of the file's bytes.
    private string LoadPolicy(StateFolder folder, ILogger log)
    {
        var bytes = PolicyFile.TryRead(Options.PolicyFile, out var why);
        var report = bytes is null ? Store.Unreadable(why) : Store.Apply(bytes);
        if (!report.Accepted)
        {
            var problems = string.Join('\n', report.Problems);
            if (folder.TryRead(LastGood) is not { } kept || !Store.FallBackTo(kept))
            {
                throw new StartException(2, problems);
            }

            log.LogError(
                "{Problems}\n{File} is not valid; SandGlass started with the last good policy, {Revision}. Mend the file: it is taken at once",
                problems,
                Options.PolicyFile,
                Store.Current.Revision);
        }

        return bytes is null ? string.Empty : PolicyFile.Hash(bytes);
    }

    private void Join(Snapshot snapshot)
    {
        var share = State.Fleet.Share;
        if (snapshot.Fleet is not null && !share.IsMember)
        {
            share.Expect(Options.Time.GetTimestamp(), Options.Time.TimestampFrequency);
        }

        share.IsMember = snapshot.Fleet is not null;
        // Another policy may have other switches, which the fleet is to know.
        share.Want();
    }

    private void KeepLimits(Snapshot snapshot) =>
        State.Fleet.Keep(snapshot.Fleet is { } fleet ? [.. fleet.Limits.Select(static l => l.Limit)] : []);

    private void Keep(Snapshot snapshot, string why, StateFolder folder, PolicyHistory history, ILogger log)
    {
        try
        {
            folder.Write(LastGood, Store.Source.Span);
            history.Keep(snapshot.Revision, Store.Source.Span, "file", why);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("Policy {Revision} could not be kept in {Folder}: {Fault}", snapshot.Revision, folder.Path, fault.Message);
        }
    }

    private WebApplication BuildData(ListenAddress[] listen)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        Logs.Configure(builder.Logging, Options.LogLevel);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<DiagnosticSource>(new KestrelRefusals(State));
        builder.Services.AddHttpForwarder();
        builder.Services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = StrictHeaders.Of;
            // A backend's bytes are read as Latin-1, and go out as they came; Kestrel's own choice throws beyond ASCII.
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            foreach (var address in listen)
            {
                address.Bind(kestrel, Connections.Guard);
            }
        });
        return builder.Build();
    }

    private static async Task<IReadOnlyList<string>> ListenAsync(
        WebApplication app, ListenAddress[] wanted, string option, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            var where = string.Join(", ", wanted);
            throw new StartException(3, fault.InnerException is AddressInUseException or System.Net.Sockets.SocketException || fault is IOException
                ? $"{where} cannot be listened on: {(fault.InnerException is AddressInUseException ? "the port is taken" : fault.Message)}; stop what holds it, or name another with {option}"
                : $"{where} cannot be listened on: {fault.Message}");
        }

        // Kestrel tells h2c addresses as http, in the order they were asked for.
        var addresses = app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses;
        return [.. addresses.Select((a, i) => i < wanted.Length && wanted[i].Scheme == "h2c" ? string.Concat("h2c", a.AsSpan(4)) : a)];
    }

    private static SipKey RandomKey()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return new(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes[8..]));
    }

    // The program decides when it stops (drain first), not the framework.
    internal sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Disposer(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return default;
        }
    }

    private sealed class Stopper(WebApplication app) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await app.StopAsync().ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }
    }
}
