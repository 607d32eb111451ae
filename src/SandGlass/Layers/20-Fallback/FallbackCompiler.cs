using System.Text;
using Microsoft.Extensions.Primitives;
using SandGlass.Policy;

namespace SandGlass.Layers.Fallback;

/// <summary>Makes degraded answers ready to be written.</summary>
internal static class FallbackCompiler
{
    /// <summary>A fixed answer. Its file is read now, so that the disaster does not meet the disk.</summary>
    /// <exception cref="IOException">The file went away since the policy was checked.</exception>
    public static FallbackPlan Fixed(string name, FallbackPolicy policy, string baseDirectory)
    {
        var (body, type) = policy switch
        {
            { Json: { } json } => (json.Utf8.ToArray(), "application/json"),
            { File: { } file } => (File.ReadAllBytes(Path.GetFullPath(file, Path.GetFullPath(baseDirectory))), TypeOf(file)),
            { Body: { } text } => (Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8"),
            _ => ([], null),
        };
        var headers = new List<KeyValuePair<string, StringValues>>();
        if ((policy.ContentType ?? type) is { } contentType)
        {
            headers.Add(new("Content-Type", contentType));
        }

        headers.AddRange(policy.Headers.Select(static h => new KeyValuePair<string, StringValues>(h.Key, h.Value)));
        if (!policy.Headers.Keys.Contains("Cache-Control", StringComparer.OrdinalIgnoreCase))
        {
            // A degraded answer must not live on in somebody's cache when all is well again.
            headers.Add(new("Cache-Control", "no-store"));
        }

        return new()
        {
            Name = name,
            Status = policy.Status,
            Headers = [.. headers],
            Body = body,
            RetryAfter = (int)(policy.RetryAfter?.Value.TotalSeconds ?? 0),
        };
    }

    /// <summary>The newest good answer, else another fallback.</summary>
    public static FallbackPlan LastGood(string name, FallbackPolicy policy, FallbackPlan other, long ticksPerSecond) => new()
    {
        Name = name,
        Status = other.Status,
        Headers = other.Headers,
        Body = other.Body,
        RetryAfter = other.RetryAfter,
        LastGood = (long)((policy.LastGood?.Value.TotalSeconds ?? 0) * ticksPerSecond),
    };

    private static string TypeOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".html" or ".htm" => "text/html; charset=utf-8",
        ".json" => "application/json",
        ".txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}
