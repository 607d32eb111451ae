using SandGlass.Policy;

namespace SandGlass.Admin;

/// <summary>Errors of the admin API: problem+json (RFC 9457) whose detail says what to do.</summary>
internal static class AdminProblem
{
    private const int MostReason = 500;
    private const int MostName = 100;

    /// <summary>What is wrong with the reason of a change, or with the name of who makes it; null: nothing.</summary>
    public static IResult? OfReason(string? reason, string? by) =>
        string.IsNullOrWhiteSpace(reason) || reason.Length > MostReason
            ? Of(422, $"a reason is required, at most {MostReason} characters: whoever comes after you will want to know")
            : by?.Length > MostName ? Of(422, $"by is a name, at most {MostName} characters")
            : null;

    /// <summary>What is wrong with the time that a change shall last; null: nothing.</summary>
    /// <param name="text">As it was written; null: no end.</param>
    /// <param name="mostDays">Days, at most.</param>
    /// <param name="lasts">How long; null: no end.</param>
    public static IResult? OfTime(string? text, int mostDays, out TimeSpan? lasts)
    {
        lasts = null;
        if (text is null)
        {
            return null;
        }

        if (!Duration.TryParse(text, out var duration) || duration.Value <= TimeSpan.Zero || duration.Value > TimeSpan.FromDays(mostDays))
        {
            return Of(422, $"for must be {Duration.HowToWrite}, at most {mostDays}d");
        }

        lasts = duration.Value;
        return null;
    }

    /// <summary>An error.</summary>
    public static IResult Of(int status, string detail, IDictionary<string, object?>? extensions = null) =>
        Results.Problem(detail: detail, statusCode: status, extensions: extensions);
}
