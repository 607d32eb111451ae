using SandGlass.Policy;

namespace SandGlass.Layers.Fallback;

/// <summary>Fallbacks: exactly one answer each, files that are there, an end to every else.</summary>
internal static class FallbackValidator
{
    private static readonly string[] _kinds = ["json", "file", "body", "empty", "redirect", "backend", "lastGood"];

    /// <summary>Those that may come back with nothing.</summary>
    private static readonly string[] _found = ["lastGood", "backend"];

    /// <summary>What speaks of good answers only.</summary>
    private static readonly string[] _ofLastGood = ["key", "ignoreHeaders", "noStore"];

    /// <summary>What these bring themselves.</summary>
    private static readonly string[] _ofAnswer = ["status", "retryAfter", "contentType", "headers"];

    /// <summary>Headers that frame the message or the connection: the server writes them itself.</summary>
    private static readonly string[] _framing = ["content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer", "te", "proxy-connection"];

    public static void Validate(GatewayPolicy policy, PolicyPlace place, Findings findings)
    {
        foreach ((string name, FallbackPolicy fallback) in policy.Fallbacks)
        {
            string at = JsonPointer.Of("fallbacks", name);
            Kind(policy, fallback, at, findings);
            Found(policy, fallback, at, findings);
            Exercise(fallback.Exercise, at + "/exercise", findings);
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
                ? "needs one of \"json\", \"file\", \"body\", \"empty\", \"redirect\", \"backend\" and \"lastGood\""
                : $"has {string.Join(" and ", written)}; keep one of them");
        }

        string? empty = _found.FirstOrDefault(kind => findings.IsWritten($"{at}/{kind}"));
        if (empty is not null != findings.IsWritten(at + "/else"))
        {
            findings.Add(PolicyRules.ElseNeeded, empty is not null ? at : at + "/else", empty is not null
                ? $"{Words.Quote(empty)} needs \"else\": what is answered when it has nothing to give"
                : "\"else\" stands only with \"lastGood\" and \"backend\"; take it out");
        }

        if (findings.IsWritten(at + "/empty") && !fallback.Empty)
        {
            findings.Add(PolicyRules.OneBody, at + "/empty", "\"empty\" is true or not there; take it out");
        }

        if (fallback.Else is { } other)
        {
            findings.Refer(PolicyRules.NoFallback, at + "/else", "fallback", other, Names.Of(policy.Fallbacks));
        }
    }

    private static void Found(GatewayPolicy policy, FallbackPolicy fallback, string at, Findings findings)
    {
        bool repeats = findings.IsWritten(at + "/lastGood");
        foreach (string key in _ofLastGood.Where(key => !repeats && findings.IsWritten($"{at}/{key}")))
        {
            findings.Add(PolicyRules.NoEffect, $"{at}/{key}", $"{Words.Quote(key)} speaks of good answers, and stands only with \"lastGood\"; take it out");
        }

        foreach (string key in _ofAnswer.Where(key => (repeats || findings.IsWritten(at + "/backend")) && findings.IsWritten($"{at}/{key}")))
        {
            findings.Add(PolicyRules.NoEffect, $"{at}/{key}", $"the answer brings its own {key}; take it out, or write it on the fallback that \"else\" names");
        }

        KeyPart.Check(fallback.Key ?? [], at + "/key", wholePath: true, findings);
        for (int i = 0; i < fallback.IgnoreHeaders.Count; i++)
        {
            string name = fallback.IgnoreHeaders[i];
            if (!HttpToken.Is(name) || name.ToLowerInvariant() is "cookie" or "authorization" or "proxy-authorization")
            {
                findings.Add(PolicyRules.BadHeader, JsonPointer.To(at + "/ignoreHeaders", PolicyNode.IndexKey(i)), $"{Words.Quote(name)} is no header that could be overlooked; write names of headers, but not Cookie or Authorization");
            }
        }

        if (fallback.Backend is { } backend)
        {
            findings.Refer(PolicyRules.NoBackend, at + "/backend", "backend", backend, Names.Of(policy.Backends));
        }

        if (fallback.Redirect is { } target && !IsTarget(target))
        {
            findings.Add(PolicyRules.BadHeader, at + "/redirect", $"{Words.Quote(target)} is no place to go; write a path like \"/busy.html\", or an absolute http or https URL");
        }

        bool leads = fallback.Redirect is not null || fallback.Headers.Keys.Contains("Location", StringComparer.OrdinalIgnoreCase);
        if (fallback.Status is { } status && (status is 301 or 302 or 303 or 307 or 308) != leads)
        {
            findings.Add(PolicyRules.OutOfRange, at + "/status", fallback.Redirect is null
                ? $"{status} sends clients elsewhere, but there is no \"redirect\" that says where"
                : $"{status} sends nobody elsewhere; a \"redirect\" has 301, 302, 303, 307 or 308");
        }
    }

    // A path that begins with two slashes is another site.
    private static bool IsTarget(string target) => IsValue(target) && !target.Contains(' ')
        && (target is ['/', not ('/' or '\\'), ..] or "/" || (Uri.TryCreate(target, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && target.Contains("://")));

    private static void Exercise(Threshold exercise, string at, Findings findings)
    {
        if (exercise is { IsDuration: false, Value: < 0 or > 0.1 } or { IsDuration: true, Value: < 5 or > 3600 })
        {
            findings.Add(PolicyRules.OutOfRange, at, $"{exercise} is out of range; write a fraction 0 to 0.1 of the requests, or how often: \"5s\" to \"1h\"");
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
