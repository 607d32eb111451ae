namespace SandGlass.Algorithms.Rates;

/// <summary>
/// One key of a limit that a fleet shares, as one gateway holds it: a lease (tokens that the centre has given) and the gateway's own share.
/// The share is GCRA with τ·N and the fleet's S, on the debt that the centre told last: so what this gateway may do unasked is an N-th of the room
/// that the centre had, and an N-th of the rate since then. That is all there is to losing the centre: no answer comes, and the share
/// goes on. What the share has admitted is charged at the next call and counts there like a lease. So the centre knows of every token, late
/// by one call, and the sum is the limit; what differs between gateways is evened out by leases, which are cut to the measured demand.
/// Over rate·T, any time T may see S, what the shares know of the same S before they hear of each other (S once more), and the leases.
/// A short lock; nothing is allocated.
/// </summary>
public sealed class LeaseBucket
{
    private readonly Lock _lock = new();
    private long _left;
    private long _owed;
    private long _owedSince;
    private long _tat;
    private long _asked;
    private long _measuredAt;
    private double _demand;

    /// <summary>A bucket of which the centre has said nothing yet.</summary>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="debt">Ticks of debt that it begins with.</param>
    /// <param name="owed">Parts admitted elsewhere, to be charged.</param>
    public LeaseBucket(long now, long debt = 0, long owed = 0)
    {
        (_tat, _measuredAt, _owed, _owedSince, UsedAt) = (now + debt, now, owed, now, now);
    }

    /// <summary>When it was asked last.</summary>
    public long UsedAt { get; private set; }

    /// <summary>Parts of a token in hand.</summary>
    public long Left
    {
        get
        {
            lock (_lock)
            {
                return _left;
            }
        }
    }

    /// <summary>Whether a new bucket would say the same: nothing in hand, nothing to tell, no debt.</summary>
    public bool HasRested(long now)
    {
        lock (_lock)
        {
            return (_left | _owed) == 0 && _tat <= now;
        }
    }

    /// <summary>Takes <paramref name="cost"/> tokens out of the lease, or else out of the share; a refusal takes nothing.</summary>
    public RateAnswer Take(in LeasePlan plan, double scale, long now, long cost)
    {
        long price = LeasePlan.Price(cost, scale);
        lock (_lock)
        {
            UsedAt = now;
            _asked += price;
            if (_left >= price)
            {
                _left -= price;
                return Admitted(plan, now, cost, price);
            }

            RateAnswer answer = Share(plan, ref _tat, now, price);
            if (answer.Admitted)
            {
                _owedSince = _owed == 0 ? now : _owedSince;
                _owed += price;
            }

            return answer with { Remaining = answer.Remaining * cost };
        }
    }

    /// <summary>What <see cref="Take"/> would answer.</summary>
    public RateAnswer Peek(in LeasePlan plan, double scale, long now, long cost)
    {
        long price = LeasePlan.Price(cost, scale);
        lock (_lock)
        {
            if (_left >= price)
            {
                RateAnswer leased = Admitted(plan, now, cost, price);
                return leased with { Remaining = Math.Max(0, leased.Remaining - cost) };
            }

            long tat = _tat;
            RateAnswer answer = Share(plan, ref tat, now, price);
            return answer with { Remaining = answer.Remaining * cost };
        }
    }

    /// <summary>Gives back what was taken: to the share, as far as it is not charged yet, else to the lease.</summary>
    public void Refund(in LeasePlan plan, double scale, long cost)
    {
        long price = LeasePlan.Price(cost, scale);
        lock (_lock)
        {
            if (_owed >= price)
            {
                _owed -= price;
                _tat -= plan.ShareTicks(price);
            }
            else
            {
                _left += price;
            }
        }
    }

    /// <summary>What to tell the centre now. Followed by <see cref="Answered"/> or <see cref="Unanswered"/>, before the next.</summary>
    /// <param name="plan">The limit.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="leaves">Everything goes back, nothing is wanted.</param>
    public LeaseAsk Ask(in LeasePlan plan, long now, bool leaves = false)
    {
        lock (_lock)
        {
            Measure(plan, now);
            double ownShare = (double)plan.Horizon / plan.EmissionInterval / Math.Max(1, plan.Members) * LeasePlan.Unit;
            long aim = leaves ? 0 : (long)Math.Clamp((_demand * plan.Horizon) - ownShare, 0, plan.MostLease);
            // Twice the aim is kept: what swings must not go to and fro.
            long giveBack = leaves ? _left : Math.Max(0, _left - (2 * aim));
            (long charge, long since) = ToCharge(plan, now);
            var ask = new LeaseAsk(charge, since, giveBack, Math.Max(0, aim - _left));
            _left -= giveBack;
            _owed = 0;
            return ask;
        }
    }

    /// <summary>The centre has counted what was told.</summary>
    /// <param name="plan">The limit.</param>
    /// <param name="at">Monotonic ticks: when, as far as is known.</param>
    /// <param name="granted">Parts leased.</param>
    /// <param name="debt">Ticks of debt of the whole fleet, this lease included.</param>
    public void Answered(in LeasePlan plan, long at, long granted, long debt)
    {
        lock (_lock)
        {
            _left += granted;
            // What was admitted since the question went out is not in the answer.
            _tat = at + debt + plan.ShareTicks(_owed);
        }
    }

    /// <summary>No answer came. What was to be charged is charged again: should it have been counted after all, the fleet admits that much less, once.</summary>
    public void Unanswered(in LeaseAsk ask)
    {
        lock (_lock)
        {
            _owedSince = ask.Charge > 0 || _owed == 0 ? ask.Since : _owedSince;
            _owed += ask.Charge;
        }
    }

    // What gathered while the centre was away has mostly been refilled since: to be told is this gateway's part of the debt that the fleet has now, and as a debt
    // of now. Told as one of a moment ago, that moment would pay for it.
    private (long Charge, long Since) ToCharge(in LeasePlan plan, long now)
    {
        if (_owed == 0 || now - _owedSince <= 2 * plan.Horizon)
        {
            return (_owed, _owedSince);
        }

        double part = Math.Max(0, _tat - now) / (double)plan.EmissionInterval / Math.Max(1, plan.Members) * LeasePlan.Unit;
        return ((long)Math.Min(_owed, part), now);
    }

    // Up at once, down half-way: a lease that is too small is refused requests, one too large is given back.
    private void Measure(in LeasePlan plan, long now)
    {
        long elapsed = now - _measuredAt;
        // Less than that says nothing.
        if (elapsed * 4 >= plan.Horizon)
        {
            double measured = (double)_asked / elapsed;
            _demand = Math.Max(measured, (_demand + measured) / 2);
            (_asked, _measuredAt) = (0, now);
        }
    }

    private static RateAnswer Share(in LeasePlan plan, ref long tat, long now, long price)
    {
        long ticks = Math.Max(1, plan.ShareTicks(price));
        // Where the share of the burst is less than one request, a rested fleet still admits that one.
        return Gcra.Decide(new GcraPlan(ticks, Math.Max(plan.BurstTolerance, ticks)), ref tat, now, price == 0 ? 0 : 1);
    }

    private RateAnswer Admitted(in LeasePlan plan, long now, long cost, long price)
    {
        long debt = Math.Max(0, _tat - now);
        double share = Math.Max(0, plan.BurstTolerance - debt) / (double)Math.Max(1, plan.ShareTicks(LeasePlan.Unit));
        double left = price == 0 ? 0 : _left / price * cost;
        return new RateAnswer(true, (long)Math.Min(plan.BurstTolerance / plan.EmissionInterval, left + share), debt, 0);
    }
}
