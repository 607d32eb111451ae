namespace SandGlass.LoadTests.Processes;

/// <summary>Whether what went wrong is that somebody ended us.</summary>
internal static class Cut
{
    // In a terminal Ctrl-C goes to all that we have started, too: that they are gone may be seen a moment before our own signal is.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    public static bool Short(CancellationToken cancel) => cancel.IsCancellationRequested || cancel.WaitHandle.WaitOne(Moment);
}
