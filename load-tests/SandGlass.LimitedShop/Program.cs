using System.Globalization;
using System.Text.Json;
using SandGlass.LimitedShop;

// overload.sh's backend: a shop that bears WORKERS / MEAN requests a second and lets all others wait.
//   --listen URL --control URL       where it serves; where it is asked how it is and told what to be, on loopback only
//   --workers N --service-ms MS      how many requests at once, how long each takes in the mean (default 32, 100)
//   --sigma S --seed N               of the lognormal service time (default 0.6, 1)
//   --queue N                        requests that wait at most (default 100000); more get 503
//   --gone work|drop                 whether a request whose client left while it waited is still worked on (default work, as most do)
//   --tell yes|no                    whether answers say how long they waited for a worker (Server-Timing: queue;dur=MS; default no)
// GET control/?workers=N&speed=F&contention=F&mode=ok|gone|hang|error|reset|half changes what is named and answers with the counters.
var settings = new ConfigurationBuilder().AddCommandLine(args).Build();
string Needed(string name) => settings[name] ?? throw new ArgumentException($"--{name} URL is needed");
double Number(string name, double otherwise) => settings[name] is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

var time = TimeProvider.System;
var workers = new Workers(
    (int)Number("workers", 32), TimeSpan.FromMilliseconds(Number("service-ms", 100)), Number("sigma", 0.6), (int)Number("seed", 1),
    (int)Number("queue", 100_000), settings["gone"] != "drop", time);
await using var door = new Door(Needed("listen"), workers, settings["tell"] == "yes", time);
await door.SetAsync(Mode.Ok);

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(Needed("control"));
await using var control = builder.Build();
control.Run(async http =>
{
    var query = http.Request.Query;
    if (!Reads(query["workers"], out var count) || !Reads(query["speed"], out var speed) || !Reads(query["contention"], out var contention)
        || speed <= 0 || !Enum.TryParse<Mode>(query["mode"].FirstOrDefault() ?? door.Mode.ToString(), ignoreCase: true, out var mode))
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return;
    }

    workers.Change((int?)count, speed, contention);
    if (mode != door.Mode)
    {
        await door.SetAsync(mode);
    }

    var now = workers.Counts;
    http.Response.ContentType = "application/json";
    await http.Response.WriteAsync(JsonSerializer.Serialize(now, JsonSerializerOptions.Web));
});
await control.RunAsync();

// Nothing said is nothing changed.
static bool Reads(string? text, out double? number)
{
    number = text is not null && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var read) && read >= 0 ? read : null;
    return text is null || number is not null;
}
