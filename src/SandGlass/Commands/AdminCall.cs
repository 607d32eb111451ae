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
        Description = "The gateway's admin address; the token is taken from SANDGLASS_ADMIN_TOKEN or SANDGLASS_VIEWER_TOKEN",
        HelpName = "URL",
        DefaultValueFactory = static _ => "http://127.0.0.1:9901",
        Recursive = true,
    };

    /// <summary>The option that asks for the gateway's answer as it is, for programs.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Print the gateway's JSON, for programs", Recursive = true };

    /// <summary>The address that was meant; null: it is none.</summary>
    public static Uri? Address(string admin) =>
        Uri.TryCreate(admin.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is ("http" or "https") ? address : null;

    /// <summary>Says so, and what to write; the exit code.</summary>
    public static async Task<int> NoAddressAsync(string admin, TextWriter error)
    {
        await error.WriteLineAsync($"sandglass: --admin \"{admin}\" is no address; write http://127.0.0.1:9901").ConfigureAwait(false);
        return 2;
    }

    /// <summary>Speaks to it, with the token of the environment: the admin's, or the viewer's, which is enough to look.</summary>
    public static HttpClient Client(Uri address, TimeSpan patience)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = patience };
        if ((Variable("SANDGLASS_ADMIN_TOKEN") ?? Variable("SANDGLASS_VIEWER_TOKEN")) is { } token)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return client;

        static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>One call; <paramref name="show"/> prints its answer. 0 done, 1 the gateway said no, 2 no address, 3 nobody there.</summary>
    public static async Task<int> AskAsync(
        string admin, HttpMethod method, string path, object? body, TextWriter error, Func<JsonElement, Task> show, CancellationToken cancellationToken)
    {
        if (Address(admin) is not { } address)
        {
            return await NoAddressAsync(admin, error).ConfigureAwait(false);
        }

        using var client = Client(address, TimeSpan.FromSeconds(10));
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
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
