using System.Runtime.InteropServices;

namespace SandGlass.DemoShop;

/// <summary>The shop on its own, for testers who bring their own gateway. A named class, so that no other program's Program is hidden.</summary>
internal static class EntryPoint
{
    public static async Task<int> Main(string[] args)
    {
        var arguments = ShopArguments.Parse(args);
        if (arguments.Options is not { } options)
        {
            await (arguments.Exit == 0 ? Console.Out : Console.Error).WriteLineAsync(arguments.Message);
            return arguments.Exit;
        }

        try
        {
            await using var shop = await Shop.StartAsync(options, TimeProvider.System, CancellationToken.None);
            Console.WriteLine($"The shop is open (seed {options.Seed}). Ctrl+C closes it; dial faults with PUT /_shop/faults (--help lists them).");
            foreach (var (name, address) in shop.Addresses)
            {
                Console.WriteLine($"{name,-16}{address.GetLeftPart(UriPartial.Authority)}");
            }

            await StopSignalAsync();
            return 0;
        }
        catch (Exception e) when (e is ShopPortTakenException or IOException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync("sandglass-shop: " + e.Message);
            return 3;
        }
    }

    private static async Task StopSignalAsync()
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;       // we end by ourselves, in order
            stop.TrySetResult();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await stop.Task;
    }
}
