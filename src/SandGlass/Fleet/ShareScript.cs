namespace SandGlass.Fleet;

/// <summary>
/// Tells and hears what the fleet agrees on, in one go: answers with all there was, then puts in what is greater than that, or the same with the moment that it lacked. Nothing is done past the
/// deadline, and nothing twice: what is told again is not greater any more. Redis decides nothing and may forget everything; it is told again.
/// <para>
/// One hash holds a field for each thing: its order, the revision at which it came in, its moment in Redis' microseconds or "-", and its text. The
/// revision is Redis' clock, never twice the same nor less than before, so that one from before a FLUSHALL means nothing after it. Another hash holds
/// what each gateway says of itself, with when it was found to be gone, and forgets those ten minutes later. A field that is not of this form (torn, or of
/// somebody's hand) is as if it were not there: it is neither told nor in the way of what is true.
/// </para>
/// </summary>
internal static class ShareScript
{
    /// <summary>The field with the revision. No thing has it for a name: those have a colon.</summary>
    public const string Revision = "rev";

    /// <summary>What stands for no moment, and for a gateway that leaves.</summary>
    public const string None = "-";

    /// <summary>
    /// KEYS: members, shared, gateways. ARGV: deadline, own id, what the gateway says of itself ("": as before; "-": it leaves), channel, then four a thing:
    /// field, order, microseconds to its moment, text. Answers with now, revision, things, then five a thing (field, order, revision, microseconds to its
    /// moment, text), then three a gateway (id, 1 or 0, text).
    /// </summary>
    public const string Text = """
        if redis.replicate_commands then redis.replicate_commands() end
        local function whole(n) return string.format('%.0f', n) end
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        if now > tonumber(ARGV[1]) then return {whole(now)} end
        local stamp = '^' .. string.rep('%d', 15) .. '%.' .. string.rep('%d', 15) .. '%.' .. string.rep('%x', 16) .. '/'
        local rev, orders, moments, answer = 0, {}, {}, {whole(now), '0', '0'}
        local stored = redis.call('HGETALL', KEYS[2])
        for i = 1, #stored, 2 do
          if stored[i] == 'rev' then
            rev = tonumber(stored[i + 1]) or 0
            if not (rev >= 0 and rev < 1e16) then rev = 0 end
          else
            local order, at, moment, text = string.match(stored[i + 1], '^(%S+) (%d+) (%S+) (.*)$')
            local away = moment and (moment == '-' and now or tonumber(moment))
            if order and #at < 17 and string.match(order, stamp) and away and away > 0 and away < 1e16 then
              orders[stored[i]], moments[stored[i]] = order, moment
              answer[#answer + 1] = stored[i]
              answer[#answer + 1] = order
              answer[#answer + 1] = at
              answer[#answer + 1] = moment == '-' and '-' or whole(moment - now)
              answer[#answer + 1] = text
            end
          end
        end
        answer[3] = whole((#answer - 3) / 5)
        local to, changed = math.max(rev + 1, now), false
        for i = 5, #ARGV, 4 do
          local there = orders[ARGV[i]]
          if not there or there < ARGV[i + 1] or (there == ARGV[i + 1] and moments[ARGV[i]] == '-' and ARGV[i + 2] ~= '-') then
            local moment = ARGV[i + 2] == '-' and '-' or whole(now + ARGV[i + 2])
            redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1] .. ' ' .. whole(to) .. ' ' .. moment .. ' ' .. ARGV[i + 3])
            changed = true
          end
        end
        if ARGV[3] == '-' then
          redis.call('HDEL', KEYS[3], ARGV[2])
          changed = true
        elseif ARGV[3] ~= '' then
          redis.call('HSET', KEYS[3], ARGV[2], '0 ' .. ARGV[3])
          changed = true
        end
        local gateways = redis.call('HGETALL', KEYS[3])
        for i = 1, #gateways, 2 do
          local gone, text = string.match(gateways[i + 1], '^(%d+) (.*)$')
          local alive = gateways[i] == ARGV[2] or redis.call('ZSCORE', KEYS[1], gateways[i])
          if not gone or (not alive and gone ~= '0' and now - gone > 600000000) then
            redis.call('HDEL', KEYS[3], gateways[i])
          else
            if not alive and gone == '0' then
              redis.call('HSET', KEYS[3], gateways[i], whole(now) .. ' ' .. text)
              changed = true
            end
            answer[#answer + 1] = gateways[i]
            answer[#answer + 1] = alive and '1' or '0'
            answer[#answer + 1] = text
          end
        end
        if changed then
          rev = to
          redis.call('HSET', KEYS[2], 'rev', whole(to))
          redis.pcall('PUBLISH', ARGV[4], '1')
        end
        redis.call('PEXPIRE', KEYS[2], 2592000000)
        redis.call('PEXPIRE', KEYS[3], 2592000000)
        answer[2] = whole(rev)
        return answer
        """;
}
