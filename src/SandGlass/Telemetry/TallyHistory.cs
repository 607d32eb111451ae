using SandGlass.Algorithms.Counting;
using SandGlass.Request;

namespace SandGlass.Telemetry;

/// <summary>
/// What one route's tally said at the last beats. Kept from beat to beat and written over in place: of ten thousand routes most gain nothing
/// in a second, and what is made anew for each of them each second is a collector pause for the requests of all.
/// </summary>
/// <param name="tally">Of the route.</param>
internal sealed class TallyHistory(RouteTally tally)
{
    private readonly Lock _turning = new();
    private long[]? _totals;
    private long[]? _older;
    private long[]? _newer;

    /// <summary>What its cells gained since the last call, outcomes × places; null where that is nothing. For one caller at a time.</summary>
    public long[]? Gains()
    {
        long[]? gains = null;
        for (var cell = 0; cell < RequestOutcomes.Count * Places.Count; cell++)
        {
            var total = tally.Total(cell);
            if (total > 0 && total != (_totals ??= new long[RequestOutcomes.Count * Places.Count])[cell])
            {
                (gains ??= new long[_totals.Length])[cell] = total - _totals[cell];
                _totals[cell] = total;
            }
        }

        return gains;
    }

    /// <summary>Forgets the older of the two moments, and remembers this one.</summary>
    public void Turn()
    {
        Span<long> now = stackalloc long[DurationHistogram.BucketCount];
        if (!Read(now) && _newer is null)
        {
            return;
        }

        lock (_turning)
        {
            (_older, _newer) = (_newer, _older ?? new long[DurationHistogram.BucketCount]);
            now.CopyTo(_newer);
        }
    }

    /// <summary>Writes how long the answers since the older moment took, by bucket.</summary>
    public void Since(Span<long> buckets)
    {
        Read(buckets);
        lock (_turning)
        {
            for (var i = 0; _older is not null && i < _older.Length; i++)
            {
                buckets[i] -= _older[i];
            }
        }
    }

    // Good answers only; false where there never was one.
    private bool Read(Span<long> sum)
    {
        sum.Clear();
        Span<long> one = stackalloc long[DurationHistogram.BucketCount];
        var any = false;
        foreach (var outcome in (ReadOnlySpan<RequestOutcome>)[RequestOutcome.Served, RequestOutcome.Hit, RequestOutcome.Stale, RequestOutcome.Collapsed])
        {
            if (tally.Durations(outcome) is not { } durations)
            {
                continue;
            }

            any = true;
            durations.Snapshot(one);
            for (var i = 0; i < one.Length; i++)
            {
                sum[i] += one[i];
            }
        }

        return any;
    }
}
