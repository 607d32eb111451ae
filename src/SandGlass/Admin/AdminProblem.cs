namespace SandGlass.Admin;

/// <summary>Errors of the admin API: problem+json (RFC 9457) whose detail says what to do.</summary>
internal static class AdminProblem
{
    /// <summary>An error.</summary>
    public static IResult Of(int status, string detail, IDictionary<string, object?>? extensions = null) =>
        Results.Problem(detail: detail, statusCode: status, extensions: extensions);
}
