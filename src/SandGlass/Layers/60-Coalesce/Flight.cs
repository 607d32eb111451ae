namespace SandGlass.Layers.Coalesce;

/// <summary>One fetch under way for one key. Its leader completes it exactly once; its followers wait.</summary>
/// <param name="plan">The route's rule.</param>
/// <param name="key">The key.</param>
public sealed class Flight(CoalescePlan plan, UInt128 key)
{
    private readonly TaskCompletionSource<StoredAnswer?> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _landed;

    /// <summary>The route's rule.</summary>
    public CoalescePlan Plan { get; } = plan;

    /// <summary>The key.</summary>
    public UInt128 Key { get; } = key;

    /// <summary>The answer; a note that it can't be shared; or null when the leader came back with nothing.</summary>
    public Task<StoredAnswer?> Landing => _landing.Task;

    /// <summary>Ends the flight; later calls do nothing.</summary>
    public void Land(StoredAnswer? answer)
    {
        if (Interlocked.Exchange(ref _landed, 1) == 0)
        {
            // Off the board before anyone hears of it: a follower that boards again must not find this flight, which brings it nothing.
            Plan.Cache.Ended(this);
            _landing.SetResult(answer);
        }
    }
}
