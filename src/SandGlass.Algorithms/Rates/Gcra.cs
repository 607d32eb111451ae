namespace SandGlass.Algorithms.Rates;

public static class Gcra
{
    public static RateAnswer Decide(in GcraPlan plan, ref long tat, long now, long cost) => throw new NotImplementedException();

    public static void Refund(in GcraPlan plan, ref long tat, long cost) => throw new NotImplementedException();
}
