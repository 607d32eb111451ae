using Microsoft.Net.Http.Headers;
using SandGlass.Hosting;
using SandGlass.Policy;

namespace SandGlass.Admin;

/// <summary>The policy in force, and checking another.</summary>
internal static class PolicyEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app, GatewayHost host)
    {
        app.MapGet("/api/policy", () => Results.Bytes(
            host.Store.Source.ToArray(), "application/json", entityTag: new EntityTagHeaderValue($"\"{host.Store.Current.Revision}\"")));
        app.MapPost("/api/policy/validate", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted).ConfigureAwait(false);
            var reading = host.Store.Check(body.ToArray());
            var errors = reading.Problems.Select(static p => new
            {
                severity = p.Severity == Severity.Error ? "error" : "warning", rule = p.Rule, pointer = p.Pointer, line = p.Line, column = p.Column, message = p.Message,
            }).ToArray();
            return Results.Json(
                new { valid = reading.Valid, revision = reading.Revision, errors },
                AdminHost.Json,
                statusCode: reading.Valid ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
        });
    }
}
