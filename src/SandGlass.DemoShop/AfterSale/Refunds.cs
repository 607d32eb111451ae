namespace SandGlass.DemoShop;

internal sealed record RefundRequest(string? OrderId, string? Reason);

internal sealed record Refund(string Id, string OrderId, string Reason, string User, string State, DateTimeOffset CreatedAt);

internal sealed record RefundList(IReadOnlyList<Refund> Refunds);

/// <summary>What people want their money back for: at most <see cref="MostRefunds"/>, then the oldest is forgotten.</summary>
internal sealed class Refunds(TimeProvider time)
{
    private const int MostRefunds = 10_000;
    private const int MostPerUser = 20;

    private readonly BoundedMap<string, Refund> refunds = new(MostRefunds);
    private readonly BoundedMap<string, Queue<Refund>> byUser = new(MostRefunds);
    private int asked;

    public Refund? Find(string id) => refunds.TryGet(id, out var refund) ? refund : null;

    /// <summary>The user's newest.</summary>
    public IReadOnlyList<Refund> Of(string user)
    {
        if (!byUser.TryGet(user, out var mine))
        {
            return [];
        }

        lock (mine)
        {
            return [.. mine];
        }
    }

    public Refund Ask(string user, string orderId, string reason)
    {
        var id = $"r-{Interlocked.Increment(ref asked)}";
        var refund = refunds.GetOrAdd(id, _ => new(id, orderId, reason, user, "asked", time.GetUtcNow()));
        var mine = byUser.GetOrAdd(user, _ => new());
        lock (mine)
        {
            if (mine.Count == MostPerUser)
            {
                mine.Dequeue();
            }

            mine.Enqueue(refund);
        }

        return refund;
    }
}
