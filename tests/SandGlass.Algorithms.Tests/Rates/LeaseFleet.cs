using SandGlass.Algorithms.Rates;

namespace SandGlass.Algorithms.Tests.Rates;

/// <summary>Gateways with leases around a centre, under virtual time of a microsecond a tick. The centre counts as the script in Redis does.</summary>
internal sealed class LeaseFleet
{
    public const long Second = 1_000_000;
    private const long Turn = 100_000;
    private const long Step = 500;

    private readonly LeaseBucket[] _gateways;
    private readonly double[] _loads;
    private readonly long[] _next;
    private readonly double[] _due;
    private readonly GcraPlan _rate;
    private double _tat;

    public LeaseFleet(double perSecond, double burst, params double[] loads)
    {
        _loads = loads;
        _rate = GcraPlan.FromRate(perSecond, burst, Second);
        _gateways = [.. loads.Select(static _ => new LeaseBucket(0))];
        _next = [.. loads.Select((_, i) => 7_000L + (i * Turn / loads.Length))];
        _due = new double[loads.Length];
        Plan = new LeasePlan(_rate.EmissionInterval, _rate.BurstTolerance, loads.Length, Turn * 3 / 2);
    }

    public LeasePlan Plan { get; set; }

    public long Now { get; private set; }

    public bool IsUp { get; set; } = true;

    public long[] Admitted => _admitted;

    private readonly long[] _admitted = new long[64];

    /// <summary>Redis lost all it knew, and what the gateways say of it.</summary>
    public void Flush() => _tat = 0;

    public void Load(int gateway, double perSecond) => _loads[gateway] = perSecond;

    /// <summary>Tokens that a gateway has in hand.</summary>
    public double LeftOf(int gateway) => (double)_gateways[gateway].Left / LeasePlan.Unit;

    /// <summary>It is never heard of again, and what it had in hand neither.</summary>
    public void Die(int gateway) => (_loads[gateway], _next[gateway]) = (0, long.MaxValue);

    /// <summary>Runs on; returns what all have admitted meanwhile.</summary>
    public long Run(double seconds)
    {
        long before = _admitted.Sum();
        for (long end = Now + (long)(seconds * Second); Now < end; Now += Step)
        {
            for (int i = 0; i < _gateways.Length; i++)
            {
                for (_due[i] += _loads[i] * Step / Second; _due[i] >= 1; _due[i]--)
                {
                    _admitted[i] += _gateways[i].Take(Plan, 1, Now, 1).Admitted ? 1 : 0;
                }

                if (Now >= _next[i])
                {
                    _next[i] += Turn;
                    Call(_gateways[i]);
                }
            }
        }

        return _admitted.Sum() - before;
    }

    private void Call(LeaseBucket gateway)
    {
        LeaseAsk ask = gateway.Ask(Plan, Now);
        if (!IsUp)
        {
            gateway.Unanswered(ask);
            return;
        }

        double tau = (double)_rate.EmissionInterval / LeasePlan.Unit, burst = _rate.BurstTolerance;
        _tat = Math.Max(_tat, ask.Charge > 0 ? ask.Since : Now) + ((ask.Charge - ask.GiveBack) * tau);
        _tat = Math.Min(_tat, Now + burst + Math.Max(burst, Second));
        double from = Math.Max(_tat, Now);
        double granted = Math.Max(0, Math.Min(ask.Want, Math.Floor((Now + burst + Plan.Ahead - from) / tau)));
        _tat = granted > 0 ? from + (granted * tau) : _tat;
        gateway.Answered(Plan, Now, (long)granted, (long)Math.Max(0, _tat - Now));
    }
}
