using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;

namespace SandGlass.Commands;

/// <summary>Asks a running gateway's admin API, and turns what can go wrong into one line and an exit code.</summary>
internal static class AdminCall
{
    /// <summary>The option that names the gateway.</summary>
    public static Option<string> Option() => new("--admin")
    {
        Description = "The gateway's admin address; the token is taken from SANDGLASS_ADMIN_TOKEN",
        HelpName = "URL",
        DefaultValueFactory = static _ => "http://127.0.0.1:9901",
        Recursive = true,
    };

    /// <summary>The option that asks for the gateway's answer as it is, for programs.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Print the gateway's JSON, for programs", Recursive = true };

    /// <summary>One call; <paramref name="show"/> prints its answer. 0 done, 1 the gateway said no, 2 no address, 3 nobody there.</summary>
    public static async Task<int> AskAsync(
        string admin, HttpMethod method, string path, object? body, TextWriter error, Func<JsonElement, Task> show, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(admin.TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            await error.WriteLineAsync($"sandglass: --admin \"{admin}\" is no address; write http://127.0.0.1:9901").ConfigureAwait(false);
            return 2;
        }

        using var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (Environment.GetEnvironmentVariable("SANDGLASS_ADMIN_TOKEN") is { Length: > 0 } token)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        try
        {
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                var detail = answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("detail", out var text) ? text.GetString() : response.ReasonPhrase;
                await error.WriteLineAsync($"sandglass: {detail}").ConfigureAwait(false);
                return 1;
            }

            await show(answer).ConfigureAwait(false);
            return 0;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or JsonException)
        {
            await error.WriteLineAsync($"sandglass: no gateway answers at {address} ({fault.Message}); name its admin address with --admin").ConfigureAwait(false);
            return 3;
        }
    }
}
