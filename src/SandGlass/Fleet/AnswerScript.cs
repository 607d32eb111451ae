namespace SandGlass.Fleet;

/// <summary>
/// What the fleet's copies of answers cost in Redis is bounded there: one hash with all of them, one list by age, one count of bytes; whoever
/// adds one takes the oldest out until all fit. A write does nothing past its deadline (a call that was given up may still run). When one was
/// written is by Redis' clock, so that gateways whose clocks differ agree about how old it is.
/// </summary>
internal static class AnswerScript
{
    /// <summary>KEYS: answers, ages, bytes. ARGV: key. Answers with the milliseconds since it was written, and with it; or with nothing.</summary>
    public const string Get = """
        local found = redis.call('HGET', KEYS[1], ARGV[1])
        local at = redis.call('ZSCORE', KEYS[2], ARGV[1])
        if not found or not at then return {} end
        local t = redis.call('TIME')
        return {string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000) - tonumber(at)), found}
        """;

    /// <summary>KEYS as above. ARGV: deadline in Redis' microseconds, key, answer, most bytes, how long all of it may live, ms. Answers with 1, or 0 where it came too late.</summary>
    public const string Set = """
        if redis.replicate_commands then redis.replicate_commands() end
        local t = redis.call('TIME')
        if t[1] * 1000000 + t[2] > tonumber(ARGV[1]) then return {'0'} end
        local bytes = redis.call('INCRBY', KEYS[3], #ARGV[3] - redis.call('HSTRLEN', KEYS[1], ARGV[2]))
        redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
        redis.call('ZADD', KEYS[2], string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000)), ARGV[2])
        while bytes > tonumber(ARGV[4]) do
          local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
          if not oldest then break end
          bytes = redis.call('INCRBY', KEYS[3], -redis.call('HSTRLEN', KEYS[1], oldest))
          redis.call('HDEL', KEYS[1], oldest)
          redis.call('ZREM', KEYS[2], oldest)
        end
        for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[5]) end
        return {'1'}
        """;

    /// <summary>KEYS as above. ARGV: key. Answers with 1, or 0 where there was none.</summary>
    public const string Remove = """
        local length = redis.call('HSTRLEN', KEYS[1], ARGV[1])
        if length == 0 then return {'0'} end
        redis.call('INCRBY', KEYS[3], -length)
        redis.call('HDEL', KEYS[1], ARGV[1])
        redis.call('ZREM', KEYS[2], ARGV[1])
        return {'1'}
        """;
}
