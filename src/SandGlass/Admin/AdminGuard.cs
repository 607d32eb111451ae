using System.Globalization;
using System.Net;
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

    private readonly AdminSessions _sessions = new(options.Time);
    private readonly WrongTokens _wrong = new(options.Time);
    private readonly SecretSet _admin = new(options.AdminToken);
    private readonly SecretSet _viewer = new(options.ViewerToken);
    private readonly bool _open = options.AdminToken is null && options.ViewerToken is null;

    /// <summary>Stands before every endpoint.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
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
        var may = _open ? AdminRole.Admin : RoleOf(http);
        return Results.Json(new { role = may == AdminRole.Admin ? "admin" : "viewer" }, AdminHost.Json);
    }

    /// <summary><c>POST /api/login {token}</c>: the token for a cookie.</summary>
    public async Task<IResult> LogInAsync(HttpContext http)
    {
        LogIn? asked;
        try
        {
            asked = await JsonSerializer.DeserializeAsync<LogIn>(http.Request.Body, AdminHost.Json, http.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            asked = null;
        }

        if (asked?.Token is not { } token)
        {
            return AdminProblem.Of(400, "send {\"token\": \"…\"}");
        }

        var role = RoleOf(token, http);
        if (role == AdminRole.None)
        {
            return AdminProblem.Of(401, "that is not a token of this gateway");
        }

        http.Response.Cookies.Append(CookieName, _sessions.Begin(role), new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = http.Request.IsHttps,
            MaxAge = AdminSessions.Life,
            Path = "/",
        });
        return Results.NoContent();
    }

    /// <summary><c>POST /api/logout</c>: the cookie is worth nothing any more, wherever it was copied to.</summary>
    public IResult LogOut(HttpContext http)
    {
        if (http.Request.Cookies.TryGetValue(CookieName, out var session))
        {
            _sessions.End(session);
        }

        http.Response.Cookies.Delete(CookieName, new() { Path = "/" });
        return Results.NoContent();
    }

    private IResult? Refusal(HttpContext http)
    {
        var request = http.Request;
        if (!IsOwnHost(http))
        {
            return AdminProblem.Of(StatusCodes.Status421MisdirectedRequest, "this Host is not the admin listener's");
        }

        if (IsForeign(request))
        {
            return AdminProblem.Of(403, "requests of other origins are refused");
        }

        if (_open)
        {
            return null;
        }

        var path = request.Path.Value ?? "/";
        var throttled = request.Headers.Authorization.Count > 0 || path == "/api/login" ? _wrong.Wait(http.Connection.RemoteIpAddress) : TimeSpan.Zero;
        if (throttled > TimeSpan.Zero)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(throttled.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return AdminProblem.Of(429, "too many wrong tokens from your address; wait a minute");
        }

        if (path is "/healthz" or "/readyz" or "/" or "/api/login" || path.StartsWith("/console/", StringComparison.Ordinal))
        {
            return null;
        }

        var role = RoleOf(http);
        if (role == AdminRole.None)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return AdminProblem.Of(401, "send Authorization: Bearer with the token in SANDGLASS_ADMIN_TOKEN or SANDGLASS_VIEWER_TOKEN");
        }

        // Explaining is asking: it changes nothing. Checking is not for viewers, since it reads the files that the text names.
        return role == AdminRole.Viewer && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && path is not ("/api/explain" or "/api/logout")
            ? AdminProblem.Of(403, "the viewer's token may read only")
            : null;
    }

    // Browsers name the page that asks in Origin with all but plain reading, and in Sec-Fetch-Site with everything. Programs send neither.
    private static bool IsForeign(HttpRequest request)
    {
        var own = $"{request.Scheme}://{request.Host}";
        return request.Headers.Origin is { Count: > 0 } origin && !(origin.Count == 1 && own.Equals(origin[0], StringComparison.OrdinalIgnoreCase))
            || (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
                && request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site.ToString() is not ("same-origin" or "none"));
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

    private AdminRole RoleOf(HttpContext http)
    {
        if (http.Request.Headers.Authorization is [{ } header] && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return RoleOf(header[7..].Trim(), http);
        }

        return http.Request.Cookies.TryGetValue(CookieName, out var session) ? _sessions.RoleOf(session) : AdminRole.None;
    }

    // Both are asked always, so that the time does not tell which of them it was.
    private AdminRole RoleOf(string token, HttpContext http)
    {
        var (admin, viewer) = (_admin.Holds(token), _viewer.Holds(token));
        if (!admin && !viewer)
        {
            _wrong.Add(http.Connection.RemoteIpAddress);
        }

        return admin ? AdminRole.Admin : viewer ? AdminRole.Viewer : AdminRole.None;
    }

    /// <summary>What a log-in says.</summary>
    internal sealed record LogIn(string? Token = null);
}
