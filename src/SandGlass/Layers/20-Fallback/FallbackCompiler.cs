using System.Text;
using Microsoft.Extensions.Primitives;
using SandGlass.Policy;
using SandGlass.Yarp;

namespace SandGlass.Layers.Fallback;

/// <summary>Makes degraded answers ready to be written.</summary>
internal static class FallbackCompiler
{
    /// <summary>A fixed answer. Its file is read now, so that the disaster does not meet the disk.</summary>
    /// <exception cref="IOException">The file went away since the policy was checked.</exception>
    public static FallbackPlan Fixed(string name, FallbackPolicy policy, string baseDirectory, FallbackState state)
    {
        var path = policy.File is { } written ? Path.GetFullPath(written, Path.GetFullPath(baseDirectory)) : null;
        var (body, type) = policy switch
        {
            { Json: { } json } => (json.Utf8.ToArray(), "application/json"),
            { File: { } file } => (File.ReadAllBytes(path!), TypeOf(file)),
            { Body: { } text } => (Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8"),
            _ => ([], null),
        };
        var headers = new List<KeyValuePair<string, StringValues>>();
        if ((policy.ContentType ?? type) is { } contentType)
        {
            headers.Add(new("Content-Type", contentType));
        }

        if (policy.Redirect is { } target)
        {
            headers.Add(new("Location", target));
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
            Status = policy.Status ?? (policy.Redirect is not null ? StatusCodes.Status302Found
                : policy.Empty ? StatusCodes.Status204NoContent : StatusCodes.Status503ServiceUnavailable),
            Headers = [.. headers],
            Body = body,
            RetryAfter = (int)(policy.RetryAfter?.Value.TotalSeconds ?? 0),
            File = path,
            ExerciseShare = Share(policy),
            ExerciseEvery = Every(policy),
            State = state,
        };
    }

    /// <summary>The newest good answer, or another backend's; else another fallback.</summary>
    public static FallbackPlan Found(string name, FallbackPolicy policy, FallbackPlan other, BackendPlan? backend, long ticksPerSecond, FallbackState state) => new()
    {
        Name = name,
        Status = other.Status,
        Headers = other.Headers,
        Body = other.Body,
        RetryAfter = other.RetryAfter,
        LastGood = (long)((policy.LastGood?.Value.TotalSeconds ?? 0) * ticksPerSecond),
        Backend = backend,
        Else = other,
        ExerciseShare = Share(policy),
        ExerciseEvery = Every(policy),
        State = state,
    };

    private static double Share(FallbackPolicy policy) => policy.Exercise.IsDuration ? 0 : policy.Exercise.Value;

    private static TimeSpan Every(FallbackPolicy policy) => policy.Exercise.IsDuration ? TimeSpan.FromSeconds(policy.Exercise.Value) : TimeSpan.FromMinutes(1);

    private static string TypeOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".html" or ".htm" => "text/html; charset=utf-8",
        ".json" => "application/json",
        ".txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}
