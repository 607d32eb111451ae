using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SandGlass.Hosting;
using SandGlass.Policy;

namespace SandGlass.Admin;

/// <summary>
/// Who may do what on the admin listener: its own Host and Origin only (DNS rebinding, cross-site requests), a token or the log-in cookie
/// where tokens are set, the viewer's token for reading only; and headers that keep the console to itself.
/// </summary>
internal sealed class AdminGuard(ListenAddress address, GatewayOptions options)
{
    private const string CookieName = "sandglass_admin";
    private const int MostWrong = 10;

    private static readonly TimeSpan WrongWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SessionLife = TimeSpan.FromHours(12);

    private readonly ConcurrentDictionary<string, (Role Role, DateTimeOffset Until)> _sessions = new(StringComparer.Ordinal);
    private readonly SecretSet _admin = new(options.AdminToken);
    private readonly SecretSet _viewer = new(options.ViewerToken);
    private readonly Lock _counting = new();
    private DateTimeOffset _wrongSince;
    private int _wrong;

    private enum Role
    {
        None,
        Viewer,
        Admin,
    }

    /// <summary>Stands before every endpoint.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        if (Refusal(http) is { } refusal)
        {
            await refusal.ExecuteAsync(http).ConfigureAwait(false);
            return;
        }

        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await AdminProblem.Of(bad.StatusCode, bad.Message).ExecuteAsync(http).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The operator's browser left.
        }
    }

    /// <summary><c>GET /api/me</c>: what the caller may do, so that the console can say so beforehand.</summary>
    public IResult WhoAmI(HttpContext http)
    {
        var may = options.AdminToken is null && options.ViewerToken is null ? Role.Admin : RoleOf(http);
        return Results.Json(new { role = may == Role.Admin ? "admin" : "viewer" }, AdminHost.Json);
    }

    /// <summary><c>POST /api/login {token}</c>: the token for a cookie.</summary>
    public async Task<IResult> LogInAsync(HttpContext http)
    {
        string? token;
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted).ConfigureAwait(false);
            token = body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("token", out var given)
                && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        }
        catch (JsonException)
        {
            token = null;
        }

        if (token is null)
        {
            return AdminProblem.Of(400, "send {\"token\": \"…\"}");
        }

        var role = RoleOf(token);
        if (role == Role.None)
        {
            return AdminProblem.Of(401, "that is not a token of this gateway");
        }

        var session = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var now = options.Time.GetUtcNow();
        foreach (var old in _sessions.Where(s => s.Value.Until < now))
        {
            _sessions.TryRemove(old.Key, out _);
        }

        _sessions[session] = (role, now + SessionLife);
        http.Response.Cookies.Append(CookieName, session, new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = http.Request.IsHttps,
            MaxAge = SessionLife,
            Path = "/",
        });
        return Results.NoContent();
    }

    private IResult? Refusal(HttpContext http)
    {
        var request = http.Request;
        if (!IsOwnHost(http))
        {
            return AdminProblem.Of(StatusCodes.Status421MisdirectedRequest, "this Host is not the admin listener's");
        }

        if (request.Headers.Origin is [{ } origin] && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
        {
            return AdminProblem.Of(403, "requests of other origins are refused");
        }

        var path = request.Path.Value ?? "/";
        if (options.AdminToken is null && options.ViewerToken is null)
        {
            return null;
        }

        if (path is "/healthz" or "/readyz" or "/" or "/api/login" || path.StartsWith("/console/", StringComparison.Ordinal))
        {
            return path == "/api/login" && TooManyWrong() ? Slow(http) : null;
        }

        if (TooManyWrong() && request.Headers.Authorization.Count > 0)
        {
            return Slow(http);
        }

        var role = RoleOf(http);
        if (role == Role.None)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return AdminProblem.Of(401, "send Authorization: Bearer with the token in SANDGLASS_ADMIN_TOKEN or SANDGLASS_VIEWER_TOKEN");
        }

        // Explaining is asking: it changes nothing. Checking is not for viewers, since it reads the files that the text names.
        return role == Role.Viewer && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && path != "/api/explain"
            ? AdminProblem.Of(403, "the viewer's token may read only")
            : null;
    }

    private static IResult Slow(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "60";
        return AdminProblem.Of(429, "too many wrong tokens; wait a minute");
    }

    private bool IsOwnHost(HttpContext http)
    {
        var host = http.Request.Host;
        if (!host.HasValue || (host.Port is { } port && port != http.Connection.LocalPort))
        {
            return false;
        }

        var name = host.Host.Trim('[', ']');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.Equals(address.Host, StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var ip) && (address.Host is "*" or "+" || IPAddress.IsLoopback(ip) || ip.Equals(http.Connection.LocalIpAddress)))
            || (Environment.GetEnvironmentVariable("SANDGLASS_ADMIN_HOSTS") ?? string.Empty)
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private Role RoleOf(HttpContext http)
    {
        if (http.Request.Headers.Authorization is [{ } header] && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return RoleOf(header[7..].Trim());
        }

        return http.Request.Cookies.TryGetValue(CookieName, out var session) && _sessions.TryGetValue(session, out var known)
            && known.Until > options.Time.GetUtcNow() ? known.Role : Role.None;
    }

    private Role RoleOf(string token)
    {
        var role = _admin.Holds(token) ? Role.Admin : _viewer.Holds(token) ? Role.Viewer : Role.None;
        if (role == Role.None)
        {
            lock (_counting)
            {
                var now = options.Time.GetUtcNow();
                (_wrongSince, _wrong) = now - _wrongSince > WrongWindow ? (now, 1) : (_wrongSince, _wrong + 1);
            }
        }

        return role;
    }

    private bool TooManyWrong()
    {
        lock (_counting)
        {
            return _wrong >= MostWrong && options.Time.GetUtcNow() - _wrongSince <= WrongWindow;
        }
    }
}
