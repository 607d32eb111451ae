-- wrk's side of switches.sh: every read of the shop in turns. Counts 5xx that are nobody's: without Proxy-Status, or with 500. Ends with one line.
local paths = { "/", "/api/products", "/api/products/sku-1?currency=CNY", "/api/products/sku-2", "/api/search?q=lamp", "/api/products/sku-1/reviews",
  "/api/cart/c1", "/api/orders/o1", "/api/shipments/s1", "/api/refunds/r1", "/internal/x" }
local requests, at, threads = {}, 0, {}
ours, fair = 0, 0

function setup(thread) table.insert(threads, thread) end

function init()
  for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function response(status, headers)
  if status >= 500 then
    if status == 500 or not headers["Proxy-Status"] then ours = ours + 1 else fair = fair + 1 end
  end
end

function done(summary)
  local own, told = 0, 0
  for _, thread in ipairs(threads) do own, told = own + thread:get("ours"), told + thread:get("fair") end
  local e = summary.errors
  io.write(string.format("RESULT %d %.3f %d %d %d\n", summary.requests, summary.duration / 1e6, own, told, e.connect + e.read + e.write + e.timeout))
end
