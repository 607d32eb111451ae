using System.Buffers;

// The benchmark's origin where nginx is not installed: two fixed answers, no work. --listen URL, --small FILE, --large FILE.
// Paths under /api/hot/ get the large one, all others the small one.
var settings = new ConfigurationBuilder().AddCommandLine(args).Build();
var small = await File.ReadAllBytesAsync(settings["small"] ?? throw new ArgumentException("--small FILE is needed"));
var large = await File.ReadAllBytesAsync(settings["large"] ?? throw new ArgumentException("--large FILE is needed"));

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(settings["listen"] ?? throw new ArgumentException("--listen URL is needed"));
builder.WebHost.ConfigureKestrel(static k => k.AddServerHeader = false);
await using var app = builder.Build();
app.Run(http =>
{
    var body = http.Request.Path.StartsWithSegments("/api/hot") ? large : small;
    http.Response.ContentType = "application/json";
    http.Response.ContentLength = body.Length;
    http.Response.BodyWriter.Write(body);
    return Task.CompletedTask;
});
await app.RunAsync();
