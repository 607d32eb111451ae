using System.CommandLine;
using SandGlass.DemoShop;
using SandGlass.Hosting;

namespace SandGlass.Commands;

/// <summary><c>sandglass demo</c>: the gateway, its console and a small shop behind it, all in this process.</summary>
internal static class DemoCommand
{
    public static Command Make(TextWriter output)
    {
        var settings = new GatewaySettings();
        var anyPort = new Option<bool>("--any-port")
        {
            Description = "Take free ports for all that is not given by --listen or --admin, and keep policy and state in a folder that is removed at the end: for a second demo beside the first",
        };
        var command = new Command("demo", "The gateway, its console and a small shop with four backends, all in this process on loopback.") { anyPort };
        settings.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var ground = parsed.GetValue(anyPort) ? new DemoGround() : null;
            var options = ground is null
                ? settings.Read(parsed, PolicyFile(), "http://127.0.0.1:8080", "h2c://127.0.0.1:8081")
                : settings.Read(parsed, PolicyFile(), "http://127.0.0.1:0", "h2c://127.0.0.1:0");
            await using var shop = await OpenShopAsync(options, ground is null ? new ShopOptions() : ShopOptions.AnyPort, cancellationToken).ConfigureAwait(false);
            if (ground is not null)
            {
                options = options with
                {
                    PolicyFile = ground.Copy(options.PolicyFile, shop),
                    Admin = GatewaySettings.IsGiven(parsed, settings.Admin) ? options.Admin : "http://127.0.0.1:0",
                    StateDirectory = GatewaySettings.IsGiven(parsed, settings.State) ? options.StateDirectory : ground.State,
                };
            }

            await using var host = await GatewayHost.StartAsync(options, cancellationToken).ConfigureAwait(false);
            await TellAsync(output, host, shop).ConfigureAwait(false);
            _ = host.PrepareFirstThrow();
            await Signals.RunUntilStoppedAsync(host, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            await StandardOutput.TellAsync(output, "Stopped.").ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    // The checkout's own policy where there is one, so that editing it shows; else the one that travels beside the program.
    private static string PolicyFile()
    {
        var here = Path.Combine(Environment.CurrentDirectory, "config", "policy.json");
        return File.Exists(here) && File.Exists(Path.Combine(Environment.CurrentDirectory, "SandGlass.sln"))
            ? here
            : Path.Combine(AppContext.BaseDirectory, "config", "policy.json");
    }

    private static async Task<Shop> OpenShopAsync(GatewayOptions options, ShopOptions shop, CancellationToken cancellationToken)
    {
        try
        {
            return await Shop.StartAsync(shop, options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (ShopPortTakenException taken)
        {
            throw new StartException(
                3, $"port {taken.Port} for the shop's {taken.Backend} is taken, perhaps by another demo; stop what listens there, or add --any-port to take free ones throughout");
        }
    }

    private static async Task TellAsync(TextWriter output, GatewayHost host, Shop shop)
    {
        var gateway = host.Addresses[0];
        var text = $$"""

            SandGlass {{Admin.StatusReport.Version}} runs, with a shop behind it.

              the shop, through the gateway   {{string.Join("   ", host.Addresses)}}
              the console                     {{host.AdminAddress}}
              the policy (edit it: it is taken at once)
                                              {{host.Store.File}}
              the backends                    {{string.Join("  ", shop.Addresses.Select(static a => $"{a.Key} :{a.Value.Port}"))}}

            Open the console, then try in another terminal:

              1. one hot product, a hundred at a time: watch the cache take it
                   wrk -c 100 -d 20 {{gateway}}/api/products/sku-1
                   (or: for i in $(seq 500); do curl -s -o /dev/null {{gateway}}/api/products/sku-1; done)

              2. make the transaction backend fail half the time, and watch its breaker
                   curl -X PUT {{shop.Addresses["transaction"]}}_shop/faults -H 'Content-Type: application/json' -d '{"errorRatio":0.6}'
                   for i in $(seq 60); do curl -s -o /dev/null -w '%{http_code} ' -X POST {{gateway}}/api/orders -H 'Content-Type: application/json' -H "X-User-Id: u$i" -d '{"sku":"sku-7","quantity":1}'; done
                   curl -X DELETE {{shop.Addresses["transaction"]}}_shop/faults

              3. throw a switch: empty reviews instead of asking the backend
                   curl -i {{gateway}}/api/products/sku-1/reviews
                   curl -X PUT {{host.AdminAddress}}/api/switches/reviews-off -H 'Content-Type: application/json' -d '{"on":true,"reason":"trying it out","for":"5m"}'
                   curl -i {{gateway}}/api/products/sku-1/reviews

            Ctrl+C stops everything.

            """;
        await StandardOutput.TellAsync(output, text).ConfigureAwait(false);
    }
}
