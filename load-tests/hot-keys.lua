-- wrk's side of hot-keys.sh and fallbacks.sh: keys in turns, below the path that is its first argument (default /hot/), as many as the second says
-- (default ten). Ends with one line that these read.
local requests, at = {}, 0

function init(args)
  for i = 0, (tonumber(args[2]) or 10) - 1 do requests[i + 1] = wrk.format("GET", (args[1] or "/hot/") .. i) end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %.6f %d %d %.3f %.3f\n", summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.timeout, e.status, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
