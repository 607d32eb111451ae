using System.Globalization;

namespace SandGlass.Algorithms.Caching;

/// <summary>
/// The directives of a <c>Cache-Control</c> field, of a request or of an answer (RFC 9111 §5.2, RFC 5861). In doubt it says the safer
/// thing: a number that is none means stale (§4.2.1), of two numbers the smaller counts, a directive for some fields counts for the whole
/// answer, and a quote that never closes forbids storing. A mutable
/// struct, filled line by line; allocates nothing.
/// </summary>
public struct CacheControl
{
    /// <summary>What an overflowing number counts as (RFC 9111 §1.2.2), seconds.</summary>
    public const long Most = 1L << 31;

    /// <summary>Whether any directive was read.</summary>
    public bool Any { get; private set; }

    /// <summary>Not to be stored.</summary>
    public bool NoStore { get; set; }

    /// <summary>Not to be used without asking the origin.</summary>
    public bool NoCache { get; set; }

    /// <summary>For one user.</summary>
    public bool Private { get; set; }

    /// <summary>May be stored where it otherwise might not.</summary>
    public bool Public { get; set; }

    /// <summary>Never stale.</summary>
    public bool MustRevalidate { get; set; }

    /// <summary>Never stale from a shared cache.</summary>
    public bool ProxyRevalidate { get; set; }

    /// <summary>To be stored only by whoever understands the status.</summary>
    public bool MustUnderstand { get; set; }

    /// <summary>Will not change while fresh.</summary>
    public bool Immutable { get; set; }

    /// <summary>Request: nothing from the origin.</summary>
    public bool OnlyIfCached { get; set; }

    /// <summary>Fresh for so long, or request: not older than that. Seconds.</summary>
    public long? MaxAge { get; set; }

    /// <summary>The same for shared caches.</summary>
    public long? SharedMaxAge { get; set; }

    /// <summary>Seconds it may be given after that while one renews it.</summary>
    public long? StaleWhileRevalidate { get; set; }

    /// <summary>Seconds it may be given after that when the origin fails.</summary>
    public long? StaleIfError { get; set; }

    /// <summary>Request: fresh for at least so many seconds more.</summary>
    public long? MinFresh { get; set; }

    /// <summary>Request: stale for at most so many seconds.</summary>
    public long? MaxStale { get; set; }

    /// <summary>Whether a stale answer may not be given, whatever a policy says (RFC 9111 §4.2.4).</summary>
    public readonly bool ForbidsStale => NoCache || MustRevalidate || ProxyRevalidate || SharedMaxAge is not null;

    /// <summary>Reads one line.</summary>
    public void Add(ReadOnlySpan<char> line)
    {
        while (!line.IsEmpty)
        {
            var end = End(line, out var broken);
            var directive = line[..end].Trim(" \t");
            line = end < line.Length ? line[(end + 1)..] : default;
            NoStore |= broken;
            if (!directive.IsEmpty)
            {
                var equals = directive.IndexOf('=');
                Take(equals < 0 ? directive : directive[..equals], equals < 0 ? default : directive[(equals + 1)..], equals >= 0);
                Any = true;
            }
        }
    }

    /// <summary>Takes one directive of a targeted field, where values have types.</summary>
    internal void TakeNumber(ReadOnlySpan<char> name, long seconds)
    {
        Any = true;
        Number(name, seconds < 0 ? 0 : Math.Min(seconds, Most));
    }

    /// <summary>The same without a value.</summary>
    internal void TakeFlag(ReadOnlySpan<char> name)
    {
        Any = true;
        Flag(name);
    }

    private void Take(ReadOnlySpan<char> name, ReadOnlySpan<char> value, bool hasValue)
    {
        if (hasValue || !Is(name, "max-stale"))
        {
            Number(name, Seconds(value));
        }
        else
        {
            MaxStale = Most;
        }

        Flag(name);
    }

    private void Number(ReadOnlySpan<char> name, long seconds)
    {
        if (Is(name, "max-age"))
        {
            MaxAge = Least(MaxAge, seconds);
        }
        else if (Is(name, "s-maxage"))
        {
            SharedMaxAge = Least(SharedMaxAge, seconds);
        }
        else if (Is(name, "stale-while-revalidate"))
        {
            StaleWhileRevalidate = Least(StaleWhileRevalidate, seconds);
        }
        else if (Is(name, "stale-if-error"))
        {
            StaleIfError = Least(StaleIfError, seconds);
        }
        else if (Is(name, "min-fresh"))
        {
            MinFresh = Math.Max(MinFresh ?? 0, seconds);
        }
        else if (Is(name, "max-stale"))
        {
            MaxStale = Least(MaxStale, seconds);
        }
    }

    private void Flag(ReadOnlySpan<char> name)
    {
        NoStore |= Is(name, "no-store");
        NoCache |= Is(name, "no-cache");
        Private |= Is(name, "private");
        Public |= Is(name, "public");
        MustRevalidate |= Is(name, "must-revalidate");
        ProxyRevalidate |= Is(name, "proxy-revalidate");
        MustUnderstand |= Is(name, "must-understand");
        Immutable |= Is(name, "immutable");
        OnlyIfCached |= Is(name, "only-if-cached");
    }

    private static bool Is(ReadOnlySpan<char> name, string word) => name.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static long Least(long? known, long seconds) => known is { } before ? Math.Min(before, seconds) : seconds;

    // Digits, in quotes or not (§5.2: both forms are to be accepted). What is none is 0: stale.
    private static long Seconds(ReadOnlySpan<char> value)
    {
        if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
        {
            value = value[1..^1];
        }

        if (value.IsEmpty || value.ContainsAnyExceptInRange('0', '9'))
        {
            return 0;
        }

        value = value.TrimStart('0');
        return value.Length > 10 ? Most : value.IsEmpty ? 0 : Math.Min(Most, long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture));
    }

    // Where the directive ends: a comma outside quotes.
    private static int End(ReadOnlySpan<char> line, out bool broken)
    {
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '"':
                    quoted = !quoted;
                    break;
                case '\\' when quoted:
                    i++;
                    break;
                case ',' when !quoted:
                    broken = false;
                    return i;
            }
        }

        broken = quoted;
        return line.Length;
    }
}
