using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Running;

/// <summary>
/// The generator runs itself in before it measures: a second against a server of its own on loopback. Else the first requests pay for the compiling of the code that
/// sends them: 100 ms and more, which at 60 times a log's speed is six of its seconds. What is measured gets not one request of it.
/// </summary>
internal static class Rehearsal
{
    private const double Seconds = 1;
    private const double Rate = 400;

    /// <param name="http">The version that will be spoken.</param>
    /// <param name="time">A clock.</param>
    public static async Task RunAsync(Version http, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = http.Major == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1));
        await using var server = builder.Build();
        server.Run(static answer => answer.Response.WriteAsync("ok"));
        await server.StartAsync();
        using var transport = new HttpTransport();
        var scenario = new Scenario
        {
            Name = "rehearsal",
            Target = new(server.Urls.First()),
            Http = http,
            Steps = [new("rehearsal", HttpMethod.Get, Template.Parse("/", [], Slot.Path), [], null, default, [], [])],
            Simulations = [],
        };
        var asks = new Replayed(HttpMethod.Get, "/", [("User-Agent", "sandglass-load")], null);
        var load = new Load([scenario], seed: 0, [.. Enumerable.Range(0, (int)(Rate * Seconds)).Select(i => new Arrival(i / Rate, asks))]);
        using var engine = load.Engine(time, transport, load.Recorder(), mostInFlight: 1_000);
        await new Pacer(engine, time).RunAsync();
        await server.StopAsync();
    }
}
