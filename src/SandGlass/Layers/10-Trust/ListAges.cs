namespace SandGlass.Layers.Trust;

/// <summary>
/// How old the lists of trusted ranges are: said once a day while one is too old, because a gateway that runs for months is never checked
/// again, and the CDN's new ranges would be strangers to it.
/// </summary>
internal sealed class ListAges : IAsyncDisposable
{
    /// <summary>CDNs change their ranges a few times a year; a list that nobody has looked at for a quarter may miss one.</summary>
    public const int MostDays = 90;

    private readonly Func<TrustPlan> _plan;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly PeriodicTimer _days;
    private readonly Task _loop;

    /// <summary>Begins to look. The first look is a day away: at the start, the policy's own warnings have said it.</summary>
    public ListAges(Func<TrustPlan> plan, TimeProvider time, ILogger log)
    {
        _plan = plan;
        _time = time;
        _log = log;
        _days = new(TimeSpan.FromDays(1), time);
        _loop = LoopAsync();
    }

    /// <summary>The files and their ages in days.</summary>
    public static IEnumerable<(string File, int Days)> Of(TrustPlan plan, TimeProvider time)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).DayNumber;
        return plan.ListFiles.DistinctBy(static l => l.File).Select(l => (l.File, today - l.Updated.DayNumber));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _days.Dispose();
        await _loop.ConfigureAwait(false);
    }

    private async Task LoopAsync()
    {
        while (await _days.WaitForNextTickAsync().ConfigureAwait(false))
        {
            foreach (var (file, days) in Of(_plan(), _time).Where(static l => l.Days > MostDays))
            {
                _log.LogWarning("The list of trusted ranges {File} is {Days} days old; compare it with what the CDN publishes, and write the day into its line \"# updated:\"", file, days);
            }
        }
    }
}
