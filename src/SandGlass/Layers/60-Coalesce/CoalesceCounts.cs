using SandGlass.Algorithms.Counting;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Layers.Coalesce;

/// <summary>What has happened on one route; above all <c>sandglass_coalesce_total{route,result}</c>.</summary>
public sealed class CoalesceCounts
{
    /// <summary>Given from the cache, fresh.</summary>
    public StripedCounter Hit { get; } = new();

    /// <summary>Given from the cache, stale.</summary>
    public StripedCounter Stale { get; } = new();

    /// <summary>Given from another request's fetch.</summary>
    public StripedCounter Collapsed { get; } = new();

    /// <summary>Fetched.</summary>
    public StripedCounter Miss { get; } = new();

    /// <summary>Not for sharing.</summary>
    public StripedCounter Bypass { get; } = new();

    /// <summary>Asked in the background, while a stale answer was given.</summary>
    public StripedCounter Refresh { get; } = new();

    /// <summary>By which headers the route's answers are known to differ.</summary>
    public LearnedNames Learned { get; } = new();

    /// <summary>What its clients may ask for beside what is fetched anyhow.</summary>
    public RetryBudget ClientBudget { get; } = new();

    /// <summary>When it was last told which headers shared fetches leave out.</summary>
    public Seldom LeftOutTold { get; } = new();

    /// <summary>All of them with their words.</summary>
    public IEnumerable<(string Result, long Total)> Totals =>
    [
        ("hit", Hit.Sum()), ("stale", Stale.Sum()), ("collapsed", Collapsed.Sum()), ("miss", Miss.Sum()), ("bypass", Bypass.Sum()),
        ("refresh", Refresh.Sum()),
    ];
}
