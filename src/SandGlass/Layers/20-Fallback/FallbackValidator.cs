using SandGlass.Policy;

namespace SandGlass.Layers.Fallback;

/// <summary>Fallbacks: exactly one answer each, files that are there, an end to every else.</summary>
internal static class FallbackValidator
{
    private static readonly string[] _kinds = ["json", "file", "body", "lastGood"];

    /// <summary>Headers that frame the message or the connection: the server writes them itself.</summary>
    private static readonly string[] _framing = ["content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer", "te", "proxy-connection"];

    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        foreach ((string name, FallbackPolicy fallback) in policy.Fallbacks)
        {
            string at = JsonPointer.Of("fallbacks", name);
            Kind(policy, fallback, at, findings);
            if (fallback.File is { } file)
            {
                FileThere(file, place, at + "/file", findings);
            }

            foreach ((string header, string value) in fallback.Headers)
            {
                Header(header, value, JsonPointer.To(at + "/headers", header), findings);
            }

            if (fallback.ContentType is { } type && (!type.Contains('/') || !IsValue(type)))
            {
                findings.Add(PolicyRules.BadHeader, at + "/contentType", $"{Words.Quote(type)} is no media type; write one like \"text/html; charset=utf-8\"");
            }
        }

        Circles.Find(policy.Fallbacks, fallback => fallback.Else, (name, circle) => findings.Add(
            PolicyRules.Circle, JsonPointer.Of("fallbacks", name, "else"), $"the else leads back to itself: {circle}; let one have a body of its own"));
    }

    private static void Kind(GatewayPolicy policy, FallbackPolicy fallback, string at, Findings findings)
    {
        string[] written = [.. _kinds.Where(kind => findings.IsWritten($"{at}/{kind}"))];
        if (written.Length != 1)
        {
            findings.Add(PolicyRules.OneBody, at, written.Length == 0
                ? "needs one of \"json\", \"file\", \"body\" and \"lastGood\""
                : $"has {string.Join(" and ", written)}; keep one of them");
        }

        bool repeats = findings.IsWritten(at + "/lastGood");
        if (repeats != findings.IsWritten(at + "/else"))
        {
            findings.Add(PolicyRules.ElseNeeded, repeats ? at : at + "/else", repeats
                ? "\"lastGood\" needs \"else\": what is answered when there is no good answer to repeat"
                : "\"else\" stands only with \"lastGood\"; take it out");
        }

        if (fallback.Else is { } other)
        {
            findings.Refer(PolicyRules.NoFallback, at + "/else", "fallback", other, Names.Of(policy.Fallbacks));
        }
    }

    private static void FileThere(string file, PolicyPlace place, string at, Findings findings)
    {
        string? path = place.Resolve(file);
        string folder = (place.Resolve(".") ?? "").TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        if (path is not null && !path.StartsWith(folder, StringComparison.Ordinal))
        {
            findings.Add(PolicyRules.FileOutside, at, $"{Words.Quote(file)} lies outside the policy's folder; put the file beside the policy");
        }
        else if (path is null || !File.Exists(path))
        {
            findings.Add(PolicyRules.NoFile, at, $"there is no file {Words.Quote(file)} in the policy's folder");
        }
    }

    private static void Header(string name, string value, string at, Findings findings)
    {
        if (!HttpToken.Is(name) || _framing.Contains(name.ToLowerInvariant()))
        {
            findings.Add(PolicyRules.BadHeader, at, HttpToken.Is(name)
                ? $"{Words.Quote(name)} is written by the server itself; take it out"
                : $"{Words.Quote(name)} is no header name");
        }
        else if (!IsValue(value))
        {
            findings.Add(PolicyRules.BadHeader, at, $"the value of {Words.Quote(name)} must be visible ASCII on one line");
        }
    }

    private static bool IsValue(string value) => value.All(c => c is >= ' ' and <= '~' or '\t');
}
