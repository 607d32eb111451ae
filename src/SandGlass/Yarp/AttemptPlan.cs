using SandGlass.Algorithms.Rates;

namespace SandGlass.Yarp;

/// <summary>What a route's requests may be sent more than once for.</summary>
/// <param name="Retries">Attempts after a failed one; 0: none.</param>
/// <param name="HedgeAfter">How late the first is when a second is sent; zero: never.</param>
/// <param name="Budget">Attempts after the first that each request pays for.</param>
/// <param name="State">What has happened.</param>
public sealed record AttemptPlan(int Retries, TimeSpan HedgeAfter, double Budget, AttemptState State)
{
    /// <summary>Whether a request with this method, without a body, may be sent again.</summary>
    public bool Allows(string method) => IsSafe(method) ? Retries > 0 || HedgeAfter > TimeSpan.Zero
        : Retries > 0 && (HttpMethods.IsPut(method) || HttpMethods.IsDelete(method));

    /// <summary>Safe methods (RFC 9110 §9.2.1). Not TRACE, which is never served.</summary>
    public static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
}

/// <summary>Why a request was sent again.</summary>
public enum AttemptKind
{
    /// <summary>The one before failed.</summary>
    Retry,

    /// <summary>The one before is late.</summary>
    Hedge,
}

/// <summary>How an attempt after the first ended.</summary>
public enum AttemptResult
{
    /// <summary>Its answer was given.</summary>
    Success,

    /// <summary>It failed too.</summary>
    Failure,

    /// <summary>Another's answer was given, or the client left.</summary>
    Ignored,

    /// <summary>It was not made: the budget was used up, or requests waited for the backend.</summary>
    Refused,
}

/// <summary>What has happened to a route's attempts; lives as long as the process.</summary>
public sealed class AttemptState
{
    // Plain words, not striped: second attempts are rare, and routes may be ten thousand.
    private readonly long[] _counts = new long[8];
    private long _expired;

    /// <summary>Their budget.</summary>
    public RetryBudget Budget { get; } = new();

    /// <summary>Requests whose time was up before the backend had a fair chance.</summary>
    public long Expired => Volatile.Read(ref _expired);

    /// <summary>Counts one of those.</summary>
    public void Expire() => Interlocked.Increment(ref _expired);

    /// <summary>Counts one attempt.</summary>
    public void Count(AttemptKind kind, AttemptResult result) => Interlocked.Increment(ref Counter(kind, result));

    /// <summary>How many ended so.</summary>
    public long Total(AttemptKind kind, AttemptResult result) => Volatile.Read(ref Counter(kind, result));

    private ref long Counter(AttemptKind kind, AttemptResult result) => ref _counts[((int)kind * 4) + (int)result];
}
