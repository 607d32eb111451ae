namespace SandGlass.Algorithms.Balancing;

/// <summary>
/// Picks one of several destinations: pure functions that return an index, or −1 when there is nothing to pick from.
/// Rolls are in [0,1); turns are any counter, wrapped or not.
/// </summary>
public static class LoadBalancing
{
    /// <summary>The less loaded of two different ones drawn at random (Mitzenmacher 2001); on a tie the first drawn. One roll draws both.</summary>
    public static int PowerOfTwo(ReadOnlySpan<int> inFlight, double roll)
    {
        int count = inFlight.Length;
        if (count < 2)
        {
            return count - 1;
        }

        long pair = Scale((long)count * (count - 1), roll);
        int first = (int)(pair / (count - 1));
        int second = (int)(pair % (count - 1));
        second += second >= first ? 1 : 0;
        return inFlight[second] < inFlight[first] ? second : first;
    }

    /// <summary>The least loaded; among equals the first from <paramref name="turn"/> on, so that ties rotate.</summary>
    public static int LeastRequests(ReadOnlySpan<int> inFlight, long turn = 0)
    {
        int best = RoundRobin(inFlight.Length, turn);
        for (int step = 1, at = best; step < inFlight.Length; step++)
        {
            at = at + 1 == inFlight.Length ? 0 : at + 1;
            best = inFlight[at] < inFlight[best] ? at : best;
        }

        return best;
    }

    /// <summary>One after the other. A counter that has wrapped below zero still gives an index.</summary>
    public static int RoundRobin(int count, long turn) => count <= 0 ? -1 : (int)((ulong)turn % (ulong)count);

    /// <summary>Any of them.</summary>
    public static int Random(int count, double roll) => count <= 0 ? -1 : (int)Scale(count, roll);

    /// <summary>The first: an active one with the rest in reserve.</summary>
    public static int First(int count) => count <= 0 ? -1 : 0;

    private static long Scale(long count, double roll) => Math.Clamp((long)(roll * count), 0, count - 1);
}
