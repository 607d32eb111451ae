using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SandGlass.Algorithms.Sharing;
using SandGlass.Fleet;
using SandGlass.Hosting;
using SandGlass.Layers.Switch;
using SandGlass.Plans;
using SandGlass.Policy;
using SandGlass.Telemetry;

namespace SandGlass.Admin;

/// <summary>
/// Does once what only a first throw costs: compiling, and finding out how records are written as JSON. That is 40 ms of the 50 in which a switch is to be in
/// force, and the first throw of a night is the one that counts. Real requests are dry runs; what goes to the disk and to the fleet is done
/// with boards of its own in a folder of its own, so that no file, line, number or gateway tells of it.
/// </summary>
internal static class FirstThrow
{
    private const string Id = "first-throw";

    /// <summary>Does it.</summary>
    /// <param name="endpoints">What the admin listener answers.</param>
    /// <param name="services">Its services.</param>
    /// <param name="policy">Whose switches and plans are tried.</param>
    /// <param name="time">The clock.</param>
    public static async Task PrepareAsync(IReadOnlyList<Endpoint> endpoints, IServiceProvider services, GatewayPolicy policy, TimeProvider time)
    {
        try
        {
            var folder = Directory.CreateTempSubdirectory("sandglass-first-throw-");
            try
            {
                ThrowElsewhere(folder.FullName, time);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // No room for temporary files, as in a container that may write its state only: the dry runs below are the larger part.
        }

        var switches = policy.Switches.Keys.Take(1).ToArray();
        await AskAsync(endpoints, services, "PUT", "/api/switches/{id}", switches, "{\"on\":true,\"reason\":\"a dry run\",\"for\":\"1m\",\"dryRun\":true}").ConfigureAwait(false);
        await AskAsync(endpoints, services, "POST", "/api/plans/{id}/start", policy.Plans.Keys.Take(1), "{\"reason\":\"a dry run\",\"dryRun\":true}").ConfigureAwait(false);
    }

    // Two gateways, of which one hears what was thrown on the other.
    private static void ThrowElsewhere(string folder, TimeProvider time)
    {
        using var here = new GatewayState(time, new Defects(NullLogger.Instance));
        using var there = new GatewayState(time, new Defects(NullLogger.Instance));
        foreach (var state in (GatewayState[])[here, there])
        {
            state.Fleet.Share.Expect(time.GetTimestamp(), time.TimestampFrequency);
        }

        var (files, otherFiles) = (new StateFolder(Path.Combine(folder, "here"), NullLogger.Instance), new StateFolder(Path.Combine(folder, "there"), NullLogger.Instance));
        var board = new SwitchBoard(here, files, new(files, time, NullLogger.Instance), time);
        var other = new SwitchBoard(there, otherFiles, new(otherFiles, time, NullLogger.Instance), time);
        for (var turn = 0; turn < 2; turn++)
        {
            board.Throw(Id, turn == 0, Id, Id, Id, turn == 0 ? TimeSpan.FromMinutes(1) : null);
            board.EndExpired();
            other.EndExpired();
            var (told, said) = here.Fleet.Share.Tell();
            var now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
            var things = told.Select(t => (t.Field, now, t.Entry with { Text = Whole(t.Entry) })).ToArray();
            there.Fleet.Share.Hear([], there.Fleet.Share.Tell().Said, new(now, now, things, [(here.Fleet.Share.Id, true, said)]));
        }

        var run = new PlanRun(Id, PlanPosition.On, time.GetUtcNow(), Id, Id, [new(Id, TimeSpan.Zero)], null, TimeSpan.Zero);
        var register = new Register<PlanStand>(new Change<PlanStand>(new(1, 1, 2), new(run, new())));
        _ = JsonSerializer.Deserialize<PlanRecord>(JsonSerializer.Serialize(PlanRecord.Of(register, isWhole: true), PlanRecord.Json), PlanRecord.Json)?.Register();
        new PlanFile(files).Write(
            new Dictionary<string, PlanRun> { [Id] = run }, new Dictionary<string, PlanMemory> { [Id] = new() }, new Dictionary<string, Register<PlanStand>> { [Id] = register });
    }

    private static Func<string> Whole(SharedEntry entry)
    {
        var text = entry.Text();
        return () => text;
    }

    private static async Task AskAsync(IReadOnlyList<Endpoint> endpoints, IServiceProvider services, string method, string path, IEnumerable<string> ids, string body)
    {
        var endpoint = endpoints.OfType<RouteEndpoint>().Single(e => e.RoutePattern.RawText == path && e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(method) == true);
        foreach (var id in ids)
        {
            var http = new DefaultHttpContext { RequestServices = services };
            (http.Request.Method, http.Request.ContentType, http.Request.Body) = (method, "application/json", new MemoryStream(Encoding.UTF8.GetBytes(body)));
            http.Request.RouteValues["id"] = id;
            await endpoint.RequestDelegate!(http).ConfigureAwait(false);
        }
    }
}
