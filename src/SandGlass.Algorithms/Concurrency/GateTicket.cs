namespace SandGlass.Algorithms.Concurrency;

public sealed class GateTicket : IDisposable
{
    public ValueTask<Verdict> WaitAsync() => throw new NotImplementedException();

    public bool Abandon() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
