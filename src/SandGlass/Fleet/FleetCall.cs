using SandGlass.Algorithms.Rates;

namespace SandGlass.Fleet;

/// <summary>One call to Redis: what all leased keys have to tell and want, and the heartbeat. Used by the loop alone.</summary>
/// <param name="state">What is known of the fleet.</param>
/// <param name="time">The clock.</param>
/// <param name="deadline">Within which it is answered.</param>
internal sealed class FleetCall(FleetState state, TimeProvider time, TimeSpan deadline)
{
    // Redis' clock, the members, how many numbers of hints follow, and the revision of what is shared.
    private const int First = 4;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(0.9);
    // A key that has just become hot is told sooner, and heard sooner by those whom Redis calls, so that all know it within a second.
    private static readonly TimeSpan NewsBeat = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan AdvisePause = TimeSpan.FromSeconds(0.7);
    // Longer than it takes all gateways to come back, each with its part of the debt.
    private static readonly TimeSpan Gathering = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan RestsFor = TimeSpan.FromSeconds(10);

    private readonly double _ticksPerMicrosecond = time.TimestampFrequency / 1e6;
    private readonly List<(FleetLimitPlan Limit, FleetLease Lease, LeaseAsk Ask)> _asks = [];
    private readonly MemberCount _members = new(time, state.Members);
    private double _offset;
    private bool _hasCalled;
    private long _beatAt;
    private long _advisedAt;
    private long _backAt;
    private int _turn;
    private volatile bool _newsElsewhere;

    /// <summary>Measures how far Redis' clock is from ours.</summary>
    public async Task ReadClockAsync(RedisLink link)
    {
        var answer = await RunAsync(link, LeaseScript.Time, [], []).ConfigureAwait(false);
        Clock((answer[0] * 1_000_000) + answer[1]);
        // Not the first time: the others are about to tell what they have admitted meanwhile. Whoever leased before they do would have it twice.
        _backAt = _hasCalled ? time.GetTimestamp() : 0;
        _members.Back();
        _beatAt = 0;
    }

    /// <summary>Redis' clock now, as far as it is known here, microseconds.</summary>
    public double RedisNow => Micro(time.GetTimestamp()) + _offset;

    /// <summary>Another gateway has told something that is worth hearing soon. May be called by anybody; raises a flag.</summary>
    public void Prick() => _newsElsewhere = true;

    /// <summary>Calls, if there is anything to say.</summary>
    /// <returns>Whether it called.</returns>
    /// <exception cref="RedisTroubleException">It was not answered; what was to be told is told again.</exception>
    public async Task<bool> MakeAsync(RedisLink link, FleetPlan plan, bool leaves)
    {
        var now = time.GetTimestamp();
        var members = state.Members;
        var beats = leaves || _beatAt == 0 || time.GetElapsedTime(_beatAt, now) >= (plan.HasNews || _newsElsewhere ? NewsBeat : Beat);
        var hasNews = beats && plan.HasNews;
        if (beats)
        {
            // What is told from now on is for the next.
            _newsElsewhere = false;
        }

        Gather(plan, members, now, beats, leaves);
        if (_asks.Count == 0 && !beats)
        {
            return false;
        }

        var keys = new List<string> { plan.Settings.Key("members"), plan.Settings.Key("hints"), plan.Settings.Key("shared") };
        // Redis' clock was at least as far as this when it answered last, so nothing runs there after we have given up.
        var arguments = LeaseScript.Arguments((long)(Micro(now) + deadline.TotalMicroseconds + _offset), state.Share.Id, leaves, beats ? FleetHints.Say(plan, members, now) : string.Empty);
        foreach (var (limit, lease, ask) in _asks)
        {
            keys.Add(plan.Settings.Key($"limit:{limit.Name}:{lease.Key}"));
            LeaseScript.Add(arguments, limit.For(members), ask, lease.KnownTat, now, _ticksPerMicrosecond);
        }

        try
        {
            var answer = await RunAsync(link, LeaseScript.Text, keys, arguments).ConfigureAwait(false);
            if (answer.Length < First || answer[2] != answer.Length - First - (2 * _asks.Count))
            {
                throw new RedisTroubleException("Redis ran the script too late, or its clock stepped");
            }

            _hasCalled = true;
            state.Share.Seen(answer[3], (int)answer[1], now);
            var hints = (int)answer[2];
            if (beats)
            {
                var advises = _advisedAt == 0 || time.GetElapsedTime(_advisedAt, now) >= AdvisePause;
                FleetHints.Hear(plan, answer.AsSpan(First, hints), time.GetTimestamp(), advises);
                _beatAt = now;
                _advisedAt = advises ? now : _advisedAt;
            }

            Take(answer, First + hints, members, now);
        }
        catch (RedisTroubleException)
        {
            foreach (var (_, lease, ask) in _asks)
            {
                lease.Bucket.Unanswered(ask);
            }

            throw;
        }

        if (hasNews && members > 1)
        {
            await RunAsync(link, LeaseScript.News, [], [LeaseScript.NewsChannel(plan.Settings)]).ConfigureAwait(false);
        }

        return true;
    }

    private void Take(long[] answer, int first, int members, long sent)
    {
        var received = time.GetTimestamp();
        Clock(answer[0]);
        state.Members = _members.Seen((int)answer[1]);
        for (var i = 0; i < _asks.Count; i++)
        {
            var (limit, lease, _) = _asks[i];
            var (granted, debt) = (answer[first + (2 * i)], answer[first + (2 * i) + 1]);
            lease.Bucket.Answered(limit.For(members), sent + ((received - sent) / 2), granted, (long)(debt * _ticksPerMicrosecond));
            lease.KnownTat = answer[0] + debt;
        }
    }

    // Keys that have something to say, from another limit on each time, so that a limit with many keys does not silence the rest.
    private void Gather(FleetPlan plan, int members, long now, bool beats, bool leaves)
    {
        _asks.Clear();
        _turn++;
        var turns = plan.Turns;
        var gathers = _backAt != 0 && time.GetElapsedTime(_backAt, now) < Gathering;
        for (var i = 0; i < plan.Limits.Count; i++)
        {
            var limit = plan.Limits[(i + _turn) % plan.Limits.Count];
            limit.Limit.Turns = turns;
            var rate = limit.For(members);
            foreach (var lease in limit.Limit.Leases)
            {
                if (_asks.Count == FleetPlan.MostInACall)
                {
                    return;
                }

                if ((lease.Hash + (ulong)_turn) % (ulong)turns != 0 && !leaves)
                {
                    continue;
                }

                var ask = lease.Bucket.Ask(rate, now, leaves);
                ask = gathers ? ask with { Want = 0 } : ask;
                var rests = time.GetElapsedTime(lease.Bucket.UsedAt, now) >= RestsFor;
                // Those in use hear once a second of what the others do.
                if (ask.IsDue || (beats && !rests))
                {
                    _asks.Add((limit, lease, ask));
                }
                else if (rests && lease.Bucket.HasRested(now))
                {
                    limit.Limit.Forget(lease);
                }
            }
        }
    }

    private async Task<long[]> RunAsync(RedisLink link, string script, IEnumerable<string> keys, IEnumerable<string> arguments)
    {
        var answered = false;
        try
        {
            var answer = await link.RunAsync(script, keys, arguments, deadline).ConfigureAwait(false);
            answered = answer.Length >= (script == LeaseScript.Text ? 1 : 2);
            return answered ? answer : throw new RedisTroubleException("Redis' answer makes no sense");
        }
        finally
        {
            state.Called(answered);
        }
    }

    private void Clock(long redis) => _offset = redis - Micro(time.GetTimestamp());

    private double Micro(long ticks) => ticks / _ticksPerMicrosecond;
}
