using System.CommandLine;
using System.Text.Json;

namespace SandGlass.Commands;

/// <summary><c>sandglass top</c>: the glass in a terminal, live, from the gateway's stream. One look where the output is no terminal.</summary>
internal static class TopCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (admin, json) = (AdminCall.Option(), AdminCall.JsonOption());
        var once = new Option<bool>("--once") { Description = "One look, without colours, and done" };
        var command = new Command("top", "The glass in your terminal, once a second: what comes in, what each layer takes out, what is wrong. q quits.") { admin, once, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = parsed.GetValue(admin)!;
            if (parsed.GetValue(once) || (!parsed.GetValue(json) && !TopScreen.IsPossible(output)))
            {
                return await AdminCall.AskAsync(
                    address, HttpMethod.Get, "api/status", null, error,
                    answer => parsed.GetValue(json) ? output.WriteLineAsync(answer.GetRawText()) : ShowOnceAsync(answer, output), cancellationToken).ConfigureAwait(false);
            }

            if (AdminCall.Address(address) is not { } gateway)
            {
                return await AdminCall.NoAddressAsync(address, error).ConfigureAwait(false);
            }

            using var feed = new StatusFeed(gateway, TimeProvider.System);
            return parsed.GetValue(json)
                ? await feed.PrintAsync(output, error, cancellationToken).ConfigureAwait(false)
                : await new TopScreen(feed, TimeProvider.System).RunAsync(error, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task ShowOnceAsync(JsonElement status, TextWriter output)
    {
        // Wide enough for reasons; whoever reads a file does not scroll sideways.
        const int Width = 120;
        foreach (var line in TopView.Lines(status, Width, int.MaxValue))
        {
            await output.WriteLineAsync(Spectre.Console.Markup.Remove(line).TrimEnd()).ConfigureAwait(false);
        }
    }
}
