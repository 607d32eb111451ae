using System.Runtime.InteropServices;

namespace SandGlass.LoadTests.Running;

/// <summary>
/// Drives an engine in real time, from one thread that does nothing else. Between requests it sleeps in the kernel's fine timer, which wakes 50 µs late, and
/// spins only through what is shorter: .NET's own waits are whole milliseconds, and at 5,000 requests a second there are five in each.
/// </summary>
internal sealed partial class Pacer(Engine engine, TimeProvider time)
{
    private const double Slack = 60e-6;
    private const double LongestSleep = 1e-3;

    /// <summary>Returns when the engine is done.</summary>
    public Task RunAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(done)) { IsBackground = true, Name = "pacer", Priority = ThreadPriority.AboveNormal }.Start();
        return done.Task;
    }

    private void Run(TaskCompletionSource done)
    {
        try
        {
            using var never = new ManualResetEvent(false);
            while (true)
            {
                var next = engine.Step();
                if (engine.Done)
                {
                    break;
                }

                Wait(next, never);
            }

            done.SetResult();
        }
        catch (Exception fault)
        {
            // A defect of ours must end the run and not the thread alone.
            done.SetException(fault);
        }
    }

    private void Wait(long until, ManualResetEvent never)
    {
        var left = (until - time.GetTimestamp()) / (double)time.TimestampFrequency;
        if (left <= Slack)
        {
            if (left > 0)
            {
                Thread.SpinWait(20);
            }

            return;
        }

        // Who thinks may be due sooner than was known, so no sleep is longer than a millisecond.
        var sleep = Math.Min(left - Slack, LongestSleep);
        if (OperatingSystem.IsLinux())
        {
            var span = new TimeSpec { Nanoseconds = (nint)(sleep * 1e9) };
            _ = NanoSleep(in span, 0);
        }
        else
        {
            never.WaitOne(1);
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec span, nint left);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
