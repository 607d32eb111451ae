-- wrk's side of fleet.sh: each connection asks at fixed moments (the arguments: requests a second of all, and connections), refused or not.
local pause = 0

function init(args)
  pause = args[2] / args[1] * 1000
end

function delay()
  return math.floor(pause + math.random())
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %.3f %d\n", summary.requests, latency:percentile(99) / 1000, e.connect + e.read + e.write + e.timeout))
end
