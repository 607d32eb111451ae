using System.Text.Json;
using System.Text.Json.Serialization;
using SandGlass.Alarms;
using SandGlass.Events;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Plans;
using SandGlass.Policy;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

/// <summary>What the admin listener works with.</summary>
/// <param name="Host">The gateway.</param>
/// <param name="Board">Where switches are thrown.</param>
/// <param name="Sampler">Rates.</param>
/// <param name="History">Policies that were in force.</param>
/// <param name="Desk">Where policies are put.</param>
/// <param name="Audit">What people changed.</param>
/// <param name="Options">Tokens and addresses.</param>
/// <param name="Alarms">What is measured and told.</param>
/// <param name="Webhook">Whom it is told to.</param>
/// <param name="Plans">Where plans are started.</param>
/// <param name="PlanReport">How they are shown.</param>
/// <param name="Timeline">What happened.</param>
internal sealed record AdminParts(
    GatewayHost Host,
    SwitchBoard Board,
    Sampler Sampler,
    PolicyHistory History,
    PolicyDesk Desk,
    Audit Audit,
    GatewayOptions Options,
    AlarmBoard Alarms,
    AlarmWebhook Webhook,
    PlanBoard Plans,
    PlanReport PlanReport,
    Timeline Timeline);

/// <summary>The admin listener: health, metrics, API and console, on its own server.</summary>
internal static class AdminHost
{
    private const int MostAudit = 1000;

    /// <summary>How JSON is written and read here: camelCase, and strictly.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        MaxDepth = 32,
    };

    /// <summary>Builds it; the caller starts it.</summary>
    /// <exception cref="StartException">It would be reachable from outside without a token.</exception>
    public static WebApplication Build(ListenAddress address, AdminParts parts, LogLevel level)
    {
        if (!address.IsLoopback && string.IsNullOrEmpty(parts.Options.AdminToken))
        {
            throw new StartException(2, $"the admin address {address} can be reached from outside, so it needs a token: set SANDGLASS_ADMIN_TOKEN, or bind it to 127.0.0.1");
        }

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        Logs.Configure(builder.Logging, level);
        builder.Services.AddSingleton<IHostLifetime, GatewayHost.NoLifetime>();
        builder.Services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 4 << 20;
            AdminTls.Apply(kestrel, builder.Configuration);
            address.Bind(kestrel);
        });
        var app = builder.Build();
        var guard = new AdminGuard(address, parts.Options);
        app.Use(guard.InvokeAsync);
        app.UseRouting();
        var status = new StatusReport(parts.Host, parts.Sampler, parts.Alarms, parts.PlanReport);
        HealthEndpoints.Map(app, parts.Host);
        StatusEndpoints.Map(app, parts, status);
        SwitchEndpoints.Map(app, parts, status);
        PlanEndpoints.Map(app, parts);
        AlarmEndpoints.Map(app, parts);
        BreakerEndpoints.Map(app, parts);
        HotKeyEndpoints.Map(app, parts);
        TimelineEndpoints.Map(app, parts);
        PolicyEndpoints.Map(app, parts);
        ExplainEndpoints.Map(app, parts);
        app.MapGet("/api/audit", (DateTimeOffset? since, int? last) =>
            Results.Json(parts.Audit.Since(since ?? DateTimeOffset.MinValue, Math.Clamp(last ?? MostAudit, 0, MostAudit)), Json));
        app.MapGet("/api/me", guard.WhoAmI);
        app.MapPost("/api/login", (Delegate)guard.LogInAsync);
        app.MapPost("/api/logout", guard.LogOut);
        ConsoleEndpoints.Map(app);
        app.MapFallback(static () => AdminProblem.Of(404, "there is nothing at this address"));
        return app;
    }
}
