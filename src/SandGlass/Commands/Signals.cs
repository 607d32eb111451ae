using System.Runtime.InteropServices;
using SandGlass.Hosting;

namespace SandGlass.Commands;

/// <summary>
/// Runs a gateway until it is told to stop: SIGTERM or Ctrl+C begins to drain (not ready, still serving), a second one skips the wait;
/// then the listeners close and requests under way end. SIGHUP looks at the policy's file.
/// </summary>
internal static class Signals
{
    public static async Task RunUntilStoppedAsync(GatewayHost host, TimeSpan drain, CancellationToken cancellationToken)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (!first.TrySetResult())
            {
                second.TrySetResult();
            }
        }

        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            host.Reload();
        });
        await using var cancelled = cancellationToken.Register(() => first.TrySetResult());
        await first.Task.ConfigureAwait(false);
        host.Drain();
        if (drain > TimeSpan.Zero)
        {
            await Task.WhenAny(second.Task, Task.Delay(drain, host.Options.Time, cancellationToken)).ConfigureAwait(false);
        }
    }
}
