namespace SandGlass.Algorithms.Tests.Concurrency;

/// <summary>A wait that tests look at without awaiting it: time does not move by itself here.</summary>
internal sealed class Pending(ValueTask<Verdict> wait)
{
    public bool Ended => wait.IsCompleted;

    public Verdict Verdict
    {
        get
        {
            Assert.True(wait.IsCompleted);
            return wait.Result;
        }
    }
}
