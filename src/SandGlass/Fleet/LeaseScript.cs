using System.Globalization;
using SandGlass.Algorithms.Rates;

namespace SandGlass.Fleet;

/// <summary>
/// The one script: the gateway's heartbeat, with it what it knows of its backends and what the others know, and for each key a central GCRA on Redis' clock, charged with what was admitted and asked for a
/// lease. Nothing is done past the deadline (a call that was given up may still run), and nothing is done twice if it is sent again with
/// the same words, but for charges. All numbers of Redis' side are microseconds; a key is the TAT alone, and is gone a minute after it has passed.
/// A key that is gone (FLUSHALL, a restart without a dump) is set up again from what the gateway was told last.
/// </summary>
internal static class LeaseScript
{
    /// <summary>How long a gateway counts as a member after its last heartbeat.</summary>
    public static readonly TimeSpan MemberFor = TimeSpan.FromSeconds(3);

    /// <summary>Redis' clock, seconds and microseconds; writes nothing.</summary>
    public const string Time = "return redis.call('TIME')";

    /// <summary>Tells who listens that there is something to hear. ARGV: the channel. Where an access list forbids it, they hear it with their next heartbeat.</summary>
    public const string News = "redis.pcall('PUBLISH', ARGV[1], '1') return {1, 1}";

    /// <summary>The channel of <see cref="News"/>.</summary>
    public static string NewsChannel(FleetSettings settings) => settings.Key("news");

    /// <summary>
    /// Its text. KEYS: members, hints, what is shared, then one a key. ARGV: deadline, own id, microseconds of membership, "1" to leave, own hints
    /// ("": not this time; five numbers a hint, and a text of another number of them is filled up, so that it spoils none after it), then eight a key. Answers with now, members, how many numbers of hints, the revision of what is shared, the hints, then two a key.
    /// </summary>
    public const string Text = """
        if redis.replicate_commands then redis.replicate_commands() end
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        if now > tonumber(ARGV[1]) then return {now} end
        if ARGV[4] == '1' then
          redis.call('ZREM', KEYS[1], ARGV[2])
        else
          redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[2])
        end
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[3])))
        redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('%.0f', now + 1000000), '+inf')
        redis.call('PEXPIRE', KEYS[1], 3600000)
        local answer = {now, redis.call('ZCARD', KEYS[1]), 0, tonumber(redis.call('HGET', KEYS[3], 'rev') or 0) or 0}
        if ARGV[4] == '1' then
          redis.call('HDEL', KEYS[2], ARGV[2])
        elseif ARGV[5] ~= '' then
          redis.call('HSET', KEYS[2], ARGV[2], ARGV[5])
          redis.call('PEXPIRE', KEYS[2], 3600000)
          local told = redis.call('HGETALL', KEYS[2])
          for i = 1, #told, 2 do
            if not redis.call('ZSCORE', KEYS[1], told[i]) then
              redis.call('HDEL', KEYS[2], told[i])
            elseif told[i] ~= ARGV[2] then
              for number in string.gmatch(told[i + 1], '%d+') do answer[#answer + 1] = tonumber(number) end
              while (#answer - 4) % 5 ~= 0 do answer[#answer + 1] = 0 end
            end
          end
          answer[3] = #answer - 4
        end
        for i = 4, #KEYS do
          local a = 6 + (i - 4) * 8
          local tau = tonumber(ARGV[a])
          local burst = tonumber(ARGV[a + 1])
          local tat = tonumber(redis.call('GET', KEYS[i]) or ARGV[a + 6])
          tat = math.max(tat, now - tonumber(ARGV[a + 3])) + (tonumber(ARGV[a + 2]) - tonumber(ARGV[a + 4])) * tau
          tat = math.min(tat, now + burst + math.max(burst, 1000000))
          local from = math.max(tat, now)
          local grant = math.min(tonumber(ARGV[a + 5]), math.floor((now + burst + tonumber(ARGV[a + 7]) - from) / tau))
          if grant > 0 then tat = from + grant * tau else grant = 0 end
          local debt = math.max(0, tat - now)
          redis.call('SET', KEYS[i], string.format('%.2f', tat), 'PX', string.format('%.0f', debt / 1000 + 60000))
          answer[#answer + 1] = grant
          answer[#answer + 1] = math.ceil(debt)
        end
        return answer
        """;

    /// <summary>The arguments that come before those of the keys.</summary>
    public static List<string> Arguments(long deadline, string id, bool leaves, string hints) =>
        [Whole(deadline), id, Whole((long)MemberFor.TotalMicroseconds), leaves ? "1" : "0", hints];

    /// <summary>Adds the arguments of one key.</summary>
    /// <param name="arguments">All.</param>
    /// <param name="plan">The limit.</param>
    /// <param name="ask">What is told and wanted.</param>
    /// <param name="knownTat">The TAT that Redis told last, in its microseconds; 0: none.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="ticksPerMicrosecond">The clock.</param>
    public static void Add(List<string> arguments, in LeasePlan plan, in LeaseAsk ask, double knownTat, long now, double ticksPerMicrosecond)
    {
        arguments.Add((plan.EmissionInterval / ticksPerMicrosecond / LeasePlan.Unit).ToString("R", CultureInfo.InvariantCulture));
        arguments.Add(Whole((long)(plan.BurstTolerance / ticksPerMicrosecond)));
        arguments.Add(Whole(ask.Charge));
        arguments.Add(Whole(ask.Charge > 0 ? (long)((now - ask.Since) / ticksPerMicrosecond) : 0));
        arguments.Add(Whole(ask.GiveBack));
        arguments.Add(Whole(ask.Want));
        arguments.Add(knownTat.ToString("0", CultureInfo.InvariantCulture));
        arguments.Add(Whole((long)(plan.Ahead / ticksPerMicrosecond)));
    }

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);
}
