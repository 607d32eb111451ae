using System.Globalization;

namespace SandGlass.Fleet;

/// <summary>One call to Redis about what the fleet agrees on. Used by the loop alone.</summary>
/// <param name="share">What that is.</param>
/// <param name="state">Counts the call.</param>
/// <param name="deadline">Within which it is answered.</param>
internal sealed class ShareCall(FleetShare share, FleetState state, TimeSpan deadline)
{
    /// <summary>Where news are told; what is said there is not looked at.</summary>
    public static string Channel(FleetSettings settings) => settings.Key("news");

    /// <summary>Calls.</summary>
    /// <param name="link">Redis.</param>
    /// <param name="settings">The fleet.</param>
    /// <param name="redisNow">Redis' clock, as far as it is known here, microseconds.</param>
    /// <param name="leaves">Whether this gateway leaves the fleet.</param>
    /// <exception cref="RedisTroubleException">It was not answered; what was to be told is told again.</exception>
    /// <exception cref="IOException">The disk does not take what was heard.</exception>
    public async Task MakeAsync(RedisLink link, FleetSettings settings, double redisNow, bool leaves)
    {
        var (things, said) = share.Tell();
        List<string> arguments = [Whole((long)(redisNow + deadline.TotalMicroseconds)), share.Id, leaves ? ShareScript.None : said, Channel(settings)];
        foreach (var (field, entry) in things)
        {
            arguments.AddRange([field, entry.Order, entry.Moment is { } moment ? Whole((long)moment.TotalMicroseconds) : ShareScript.None, entry.Text()]);
        }

        var answered = false;
        try
        {
            var words = await link.AskAsync(ShareScript.Text, [settings.Key("members"), settings.Key("shared"), settings.Key("gateways")], arguments, deadline).ConfigureAwait(false);
            var answer = ShareAnswer.Of(words) ?? throw new RedisTroubleException("Redis ran the script too late, or its clock stepped");
            answered = true;
            share.Hear(things, said, answer);
        }
        finally
        {
            state.Called(answered);
            if (!answered)
            {
                share.Want();
            }
        }
    }

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);
}
