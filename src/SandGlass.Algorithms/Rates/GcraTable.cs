namespace SandGlass.Algorithms.Rates;

public sealed class GcraTable(int maxKeys)
{
    public int Count => throw new NotImplementedException();

    public long Bytes => throw new NotImplementedException();

    public long Evictions => maxKeys;

    public RateAnswer Take(in GcraPlan plan, ulong key, long now, long cost = 1) => throw new NotImplementedException();

    public RateAnswer Peek(in GcraPlan plan, ulong key, long now, long cost = 1) => throw new NotImplementedException();

    public void Refund(in GcraPlan plan, ulong key, long cost) => throw new NotImplementedException();
}
