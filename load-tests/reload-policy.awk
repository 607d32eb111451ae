# The policy that reload.sh reloads: awk -v routes=10000 -v limits=1000 -v origin=URL -v text=SAID -v timeout=5s -f reload-policy.awk </dev/null
# Every layer stands on the routes; "text" and "timeout" are what a change changes.
BEGIN {
  print "{\n  \"name\": \"reload\",\n  \"edge\": { \"trustedProxies\": [ \"127.0.0.0/8\" ], \"clientIpHeaders\": [ \"X-Forwarded-For\" ] },"
  print "  \"backends\": {"
  for (b = 0; b < 20; b++)
    printf "    \"origin-%d\": { \"destinations\": { \"a\": \"%s\" }, \"concurrency\": { \"initial\": 1024, \"min\": 1024, \"max\": 4096 } }%s\n", b, origin, b < 19 ? "," : ""
  print "  },\n  \"rateLimits\": {"
  for (l = 0; l < limits; l++)
    printf "    \"limit-%d\": { \"rate\": \"%d/s\", \"burst\": 1000000, \"key\": \"%s\" }%s\n", l, 100000 + l, l % 3 ? "client" : "path:id", l < limits - 1 ? "," : ""
  print "  },\n  \"routes\": {"
  split("marketing transaction fulfillment after-sale", chains, " ")
  for (r = 0; r < routes; r++) {
    extra = r % 4 == 0 ? ", \"coalesce\": { \"ttl\": \"1s\", \"key\": [ \"path\" ] }" : r % 4 == 1 ? ", \"breaker\": { \"window\": \"10s\", \"minRequests\": 20 }" : ""
    printf "    \"route-%d\": { \"chain\": \"%s\", \"backend\": \"origin-%d\", \"match\": { \"path\": \"/api/s%d/r%d/{id}\", \"methods\": [ \"GET\", \"POST\" ] }, \"timeout\": \"%s\", \"rateLimits\": [ \"limit-%d\" ], \"fallback\": \"busy\"%s },\n",
      r, chains[r % 4 + 1], r % 20, r % 100, r, timeout, r % limits, extra
  }
  printf "    \"said\": { \"chain\": \"marketing\", \"match\": { \"path\": \"/said\" }, \"answer\": \"said\" }\n"
  print "  },\n  \"switches\": {"
  print "    \"only-critical\": { \"chains\": [ \"*\" ], \"do\": { \"shedBelow\": \"critical\" } },"
  print "    \"marketing-off\": { \"chains\": [ \"marketing\" ], \"do\": { \"fallback\": \"busy\" } },"
  print "    \"limits-half\": { \"chains\": [ \"*\" ], \"do\": { \"scaleRateLimits\": 0.5 } }"
  print "  },\n  \"fallbacks\": {\n    \"busy\": { \"status\": 503, \"retryAfter\": \"5s\", \"json\": { \"code\": \"busy\" } },"
  printf "    \"said\": { \"status\": 200, \"body\": \"%s\" }\n  }\n}\n", text
}
