-- wrk's side of reload.sh: asks any of the routes (the one argument says how many there are), and ends with one line that reload.sh reads.
local requests, at = {}, 0

function init(args)
  math.randomseed(tonumber(args[2] or 1))
  for i = 1, 5000 do
    local route = math.random(0, args[1] - 1)
    wrk.headers["X-Forwarded-For"] = "203.0.113." .. (i % 250 + 1)
    requests[i] = wrk.format("GET", "/api/s" .. (route % 100) .. "/r" .. route .. "/" .. (i % 1000))
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %.3f %d %d %.3f %.3f\n", summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.timeout, e.status, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
