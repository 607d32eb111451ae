using System.Collections.Frozen;

namespace SandGlass.Admin;

/// <summary>The console's files, which travel inside the program.</summary>
internal static class ConsoleEndpoints
{
    private const string Prefix = "console/";

    private static readonly FrozenDictionary<string, (byte[] Bytes, string Type)> Assets = typeof(ConsoleEndpoints).Assembly
        .GetManifestResourceNames()
        .Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal))
        .ToFrozenDictionary(static n => n[Prefix.Length..], Load, StringComparer.Ordinal);

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/", static () => Give("index.html"));
        app.MapGet("/console/{file}", static (string file) => Give(file));
    }

    private static IResult Give(string file) => Assets.TryGetValue(file, out var asset)
        ? Results.Bytes(asset.Bytes, asset.Type)
        : AdminProblem.Of(404, "the console has no such file");

    private static (byte[] Bytes, string Type) Load(string name)
    {
        using var stream = typeof(ConsoleEndpoints).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return (bytes, Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "application/octet-stream",
        });
    }
}
