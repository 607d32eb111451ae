#!/usr/bin/env bash
# What the backend sees of hot keys, and what a hit costs. See --help.
set -euo pipefail

clients=2000 seconds=60 dead=30 rounds=4 connections=64 only='' build=yes out=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=hot-keys
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/hot-keys.sh [options]

A gateway on loopback before a shop that takes 100 ms for each answer and says nothing of how long it is good, in six parts:

  cold    2,000 clients ask for one key that nobody has asked for, all at once (h2load, a connection each)
  hot     wrk on ten keys for 60 s, as fast as it goes; coalesce with "ttl": "1s"
  dead    the same, and after 5 s the shop is gone for 30 s; "staleIfError": "1h"
  ahead   as hot, on a route that finds its hot keys ("hotKeys") and renews them before they expire
  fleet   two gateways with a Redis of their own; 1,000 requests a second for a new key on the first, and a look at both every few hundredths of a
          second: how long after the load began each has found it hot; five keys. Left out where redis-server is not on PATH
  price   CPU of a hit of 1 KB, in turns with the same answer of bare Kestrel, and with hits of nginx's proxy_cache and of Varnish, where they
          are on PATH; the median of the ratios of each round

Aims: cold 1 request at the shop, all answered; hot and ahead 1.1 requests a second and key; dead all answered with 200; fleet 1 s from the
first gateway to the second; a hit 1.15 times bare
Kestrel, 1.5 times nginx, less than Varnish.

  --clients N  --seconds S  --dead S  --rounds N  --connections N
  --only PART              cold, hot, ahead, dead, fleet or price alone
  --out FILE               also write the result there
  --no-build               take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short.
HELP
}

take_only() { [[ $1 =~ ^(cold|hot|ahead|dead|fleet|price)$ ]] || fail 2 "--only is cold, hot, ahead, dead, fleet or price, not '$1'"; only=$1; }

options 'clients seconds dead rounds connections' 'only out' '' "$@"
installed curl dotnet awk wrk h2load
(($(ulimit -n) > 3 * clients)) || fail 2 "--clients $clients needs $((3 * clients)) open files, and ulimit -n is $(ulimit -n)"
open_work
[[ $build == no ]] || build src/SandGlass load-tests/SandGlass.LimitedShop load-tests/SandGlass.BenchOrigin
glass_dll=$(built src/SandGlass sandglass) shop_dll=$(built load-tests/SandGlass.LimitedShop limited-shop) kestrel_dll=$(built load-tests/SandGlass.BenchOrigin bench-origin)
must_be_built "$glass_dll" "$shop_dll" "$kestrel_dll"

[[ -z $out ]] || : >"$out"
missed=no
less() { awk -v a="$1" -v b="$2" 'BEGIN { print (a <= b) }'; } # A B: 1 where A is not above B

port=$((21600 + RANDOM % 400))
free_port; shop=http://127.0.0.1:$port
free_port; control=http://127.0.0.1:$port
start shop dotnet "$shop_dll" --listen "$shop" --control "$control" --workers 256 --service-ms 100 --sigma 0.1
shop_pid=$last
wait_for shop "$shop_pid" "$control/"
counted() { curl -fsS "$control/" | sed 's/.*"done":\([0-9]*\).*/\1/'; }

choose_origin kestrel
free_port; start_origin "$port"
kestrel_pid=$origin_pid
cat >"$work/policy/policy.json" <<JSON
{
  "backends": { "shop": { "destinations": { "a": "$shop" } }, "fixed": { "destinations": { "a": "$origin" } } },
  "routes": {
    "hot": { "chain": "marketing", "backend": "shop", "match": { "path": "/hot/{id}" }, "timeout": "5s", "coalesce": { "ttl": "1s", "staleIfError": "1h" } },
    "ahead": { "chain": "marketing", "backend": "shop", "match": { "path": "/ahead/{id}" }, "timeout": "5s", "coalesce": { "ttl": "1s", "staleIfError": "1h" }, "hotKeys": { "key": "path:id" } },
    "cold": { "chain": "marketing", "backend": "shop", "match": { "path": "/cold/{id}" }, "timeout": "5s", "coalesce": { "ttl": "1m", "maxWait": "10s" } },
    "price": { "chain": "marketing", "backend": "fixed", "match": { "path": "/api/hot/{id}" }, "coalesce": { "ttl": "1h" } }
  }
}
JSON
free_port; data=http://127.0.0.1:$port
free_port; admin=http://127.0.0.1:$port
start glass dotnet "$glass_dll" run --policy "$work/policy/policy.json" --listen "$data" --admin "$admin" --state "$work/state" --drain 0s
glass_pid=$last
wait_for glass "$glass_pid" "$admin/readyz"
say "Hot keys: a shop of 100 ms, $(nproc) cores for everything"
say ''

parts() { [[ -z $only || $only == "$1" ]]; }

# ---- cold -----------------------------------------------------------------------------------------------------------------------------

if parts cold; then
before=$(counted)
h2load --h1 -n "$clients" -c "$clients" -t 1 "$data/cold/1" >"$work/cold.out" 2>&1 || true
good=$(awk '/^status codes:/ { print $3 }' "$work/cold.out")
asked=$(($(counted) - before))
say "cold: $clients clients at once on one key: $asked request(s) at the shop, ${good:-0} answered with 200"
aim "$([[ $asked == 1 && $good == "$clients" ]] && echo 1 || echo 0)" 'one request, and all answered'
say ''
fi

# ---- hot ------------------------------------------------------------------------------------------------------------------------------

run_wrk() { # SECONDS PATH: sets requests took errors non2xx p50 p99
  wrk -t1 -c"$connections" -d"$1s" --timeout 10s -s "$here/hot-keys.lua" "$data" -- "/$2/" >"$work/wrk.out" 2>&1 || { cat "$work/wrk.out" >&2; fail 3 'wrk failed'; }
  read -r requests took errors non2xx p50 p99 <<<"$(awk '$1 == "RESULT" { $1 = ""; print }' "$work/wrk.out")"
}
for part in hot ahead; do
  parts "$part" || continue
  before=$(counted)
  run_wrk "$seconds" "$part"
  each=$(awk -v n="$(($(counted) - before))" -v s="$took" 'BEGIN { printf "%.3f", n / s / 10 }')
  say "$part: $requests requests in ${took%.*} s on ten keys (p50 $p50 ms, p99 $p99 ms), $non2xx not 2xx, $errors socket errors; $each requests a second and key at the shop"
  aim "$([[ $(less "$each" 1.1) == 1 && $non2xx == 0 && $errors == 0 ]] && echo 1 || echo 0)" 'at most 1.1 a second and key'
  say ''
done

# ---- dead -----------------------------------------------------------------------------------------------------------------------------

if parts dead; then
(sleep 5; curl -fsS -o /dev/null "$control/?mode=gone"; sleep "$dead"; curl -fsS -o /dev/null "$control/?mode=ok") &
fault_pid=$!
started+=("$fault_pid")
run_wrk "$((dead + 10))" hot
wait "$fault_pid" || fail 3 'the shop did not hear'
ended "$fault_pid"
say "dead: $requests requests in ${took%.*} s, the shop away for $dead of them (p50 $p50 ms, p99 $p99 ms), $non2xx not 2xx, $errors socket errors"
aim "$([[ $non2xx == 0 && $errors == 0 ]] && echo 1 || echo 0)" 'all answered'
say ''
fi

# ---- fleet ----------------------------------------------------------------------------------------------------------------------------

since() { echo $(((${EPOCHREALTIME/./} - $1) / 1000)); } # MICROSECONDS: milliseconds from then on
is_hot() { ! curl -fsS -m 2 -o /dev/null -D - "$1" | grep -q 'detail=cold'; } # URL
if parts fleet; then
if command -v redis-server >/dev/null && command -v redis-cli >/dev/null; then
  free_port; redis_port=$port
  start_redis
  mkdir "$work/fleet"
  cat >"$work/fleet/policy.json" <<JSON
{
  "fleet": { "redis": "127.0.0.1:$redis_port", "name": "hot-keys" },
  "backends": { "shop": { "destinations": { "a": "$shop" }, "concurrency": { "initial": 500 } } },
  "routes": { "product": { "chain": "marketing", "backend": "shop", "match": { "path": "/fleet/{id}" }, "coalesce": { "ttl": "1m", "for": "hot" }, "hotKeys": { "key": "path:id", "promoteAt": 50 } } }
}
JSON
  fleet_data=() fleet_admin=()
  for i in 0 1; do
    free_port; fleet_data[i]=http://127.0.0.1:$port
    free_port; fleet_admin[i]=http://127.0.0.1:$port
    start "fleet$i" dotnet "$glass_dll" run --policy "$work/fleet/policy.json" --listen "${fleet_data[i]}" --admin "${fleet_admin[i]}" --state "$work/fleet/state$i" --drain 0s
    wait_for "fleet$i" "$last" "${fleet_admin[i]}/readyz"
  done
  for ((tries = 0; tries < 100; tries++)); do
    curl -fsS "${fleet_admin[1]}/metrics" | grep -q '^sandglass_fleet_members 2' && break
    sleep 0.1
  done
  ((tries < 100)) || fail 3 'the two gateways did not meet'
  rm -f "$work/fleet.times"
  for key in 1 2 3 4 5; do
    began=${EPOCHREALTIME/./} here_ms='' there_ms=''
    h2load --h1 -c 100 --rps 10 -D 4 "${fleet_data[0]}/fleet/$key" >"$work/fleet.out" 2>&1 &
    load_pid=$!
    started+=("$load_pid")
    while [[ -z $here_ms || -z $there_ms ]] && (($(since "$began") < 4000)); do
      [[ -n $here_ms ]] || ! is_hot "${fleet_data[0]}/fleet/$key" || here_ms=$(since "$began")
      [[ -n $there_ms ]] || ! is_hot "${fleet_data[1]}/fleet/$key" || there_ms=$(since "$began")
      sleep 0.03
    done
    [[ -n $here_ms && -n $there_ms ]] || { cat "$work/fleet.out" >&2; fail 3 "within 4 s the key was hot on the first gateway after '${here_ms:-never}' ms and on the second after '${there_ms:-never}' ms"; }
    echo "$here_ms $there_ms" >>"$work/fleet.times"
    wait "$load_pid" || true
    ended "$load_pid"
  done
  read -r here_worst there_worst apart <<<"$(awk '{ if ($1 > a) a = $1; if ($2 > b) b = $2; if ($2 - $1 > d) d = $2 - $1 } END { print a, b, d + 0 }' "$work/fleet.times")"
  say "fleet: five keys, milliseconds from the first request to hot here, and there: $(awk '{ printf "%s%s/%s", (NR > 1 ? ", " : ""), $1, $2 }' "$work/fleet.times"); worst $here_worst and $there_worst, apart $apart"
  aim "$(less "$apart" 1000)" 'the second knows within 1 s of the first'
  say ''
else
  echo "$me: redis-server or redis-cli is not on PATH, so the fleet is left out; on Debian: apt-get install redis-server" >&2
fi
fi

# ---- price ----------------------------------------------------------------------------------------------------------------------------

parts price || { [[ $missed == no ]]; exit; }
names=(glass kestrel) pids=("$glass_pid" "$kestrel_pid") urls=("$data/api/hot/1" "$origin/api/hot/1")
if command -v nginx >/dev/null; then
  free_port
  cat >"$work/cache.conf" <<NGINX
worker_processes 1;
daemon off;
master_process off;
pid $work/cache.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path $work/c1; proxy_temp_path $work/c2; fastcgi_temp_path $work/c3; uwsgi_temp_path $work/c4; scgi_temp_path $work/c5;
  proxy_cache_path $work/cache keys_zone=hot:1m;
  server {
    listen 127.0.0.1:$port;
    location / { proxy_pass $origin; proxy_cache hot; proxy_cache_valid 200 1h; add_header X-Cache \$upstream_cache_status; }
  }
}
NGINX
  start cache nginx -c "$work/cache.conf" -e stderr
  names+=(nginx) pids+=("$last") urls+=("http://127.0.0.1:$port/api/hot/1")
  wait_for cache "$last" "${urls[2]}"
  curl -fsS -D - -o /dev/null "${urls[2]}" | grep -q 'X-Cache: HIT' || fail 3 'nginx does not answer from its cache'
else
  echo "$me: nginx is not on PATH, so it is left out; on Debian: apt-get install nginx-light" >&2
fi
if command -v varnishd >/dev/null; then
  free_port
  printf 'vcl 4.1;\nbackend origin { .host = "127.0.0.1"; .port = "%s"; }\nsub vcl_backend_response { set beresp.ttl = 1h; }\n' "${origin##*:}" >"$work/varnish.vcl"
  start varnish varnishd -F -j none -n "$work/varnish" -a "127.0.0.1:$port" -f "$work/varnish.vcl" -s malloc,32m
  varnish_pid=$last
  wait_for varnish "$varnish_pid" "http://127.0.0.1:$port/api/hot/1"
  # The first process only minds the second, which answers.
  child=$(awk '{ print $1 }' "/proc/$varnish_pid/task/$varnish_pid/children")
  names+=(varnish) pids+=("$child") urls+=("http://127.0.0.1:$port/api/hot/1")
  curl -fsS -D - -o /dev/null "${urls[-1]}" | grep -qE '^X-Varnish: [0-9]+ [0-9]+' || fail 3 'Varnish does not answer from its cache'
else
  echo "$me: varnishd is not on PATH, so it is left out; on Debian: apt-get install varnish" >&2
fi
curl -fsS -o /dev/null "${urls[0]}"
curl -fsS -D - -o /dev/null "${urls[0]}" | grep -qi '^cache-status: sandglass; hit' || fail 3 'the gateway does not answer from its cache'
rm -f "$work/price"
for ((round = 0; round <= rounds; round++)); do
  for ((i = 0; i < ${#names[@]}; i++)); do
    ticks=$(cpu_ticks "${pids[i]}")
    n=$(wrk -t1 -c"$connections" -d4s "${urls[i]}" | awk '/requests in/ { print $1 }')
    # The first round is for the compiler.
    ((round == 0)) || echo "$round ${names[i]} $(awk -v t="$(($(cpu_ticks "${pids[i]}") - ticks))" -v us="$tick_us" -v n="$n" 'BEGIN { print t * us / n }')" >>"$work/price"
  done
done
median() { sort -n | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }
for name in "${names[@]}"; do say "price: $name $(awk -v w="$name" '$2 == w { print $3 }' "$work/price" | median | xargs printf '%.1f') µs of CPU a request"; done
ratio() { awk -v w="$1" '$2 == "glass" { g[$1] = $3 } $2 == w { p[$1] = $3 } END { for (r in p) printf "%.6f\n", g[r] / p[r] }' "$work/price" | median; }
# Judged as measured; three digits are for reading.
shown() { printf '%.3f' "$1"; }
to_kestrel=$(ratio kestrel)
aim "$(less "$to_kestrel" 1.15)" "a hit is $(shown "$to_kestrel") times bare Kestrel (1.15)"
if [[ " ${names[*]} " == *' nginx '* ]]; then
  to_nginx=$(ratio nginx)
  aim "$(less "$to_nginx" 1.5)" "a hit is $(shown "$to_nginx") times nginx's (1.5)"
fi
if [[ " ${names[*]} " == *' varnish '* ]]; then
  to_varnish=$(ratio varnish)
  aim "$(awk -v a="$to_varnish" 'BEGIN { print (a < 1) }')" "a hit is $(shown "$to_varnish") times Varnish's (below 1)"
fi
[[ $missed == no ]]
