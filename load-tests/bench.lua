-- wrk's side of bench.sh. Plays a thousand clients behind a proxy; "auth" as the first argument adds an Authorization header.
-- Ends with one line that bench.sh reads; CPU seconds are wrk's own, so that a generator at its end is told from a gateway at its end.
local requests, at = {}, 0

function init(args)
  wrk.headers["Accept"] = "application/json"
  wrk.headers["User-Agent"] = "bench"
  if args[1] == "auth" then
    wrk.headers["Authorization"] = "Bearer 0123456789abcdef0123456789abcdef"
  end
  for i = 0, 999 do
    wrk.headers["X-Forwarded-For"] = "203.0." .. math.floor(i / 250) .. "." .. (i % 250 + 1)
    requests[i + 1] = wrk.format("GET")
  end
end

function request()
  at = at % 1000 + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %.6f %d %d %.3f %.3f %.3f\n", summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.timeout, e.status, os.clock(), latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
