#!/usr/bin/env bash
# Every switch of the example policy, alone and in every pair, under load. See --help.
set -euo pipefail

connections=16 turns=2 build=yes out=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=switches
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/switches.sh [options]

A gateway with config/policy.json on loopback before the demo shop, and wrk on all of its reads as fast as it goes. Every switch is thrown and
taken back, alone (twice) and in every pair (in both orders), in three nights:

  well    all is well, with a Redis
  redis   Redis is killed, and stays away
  shop    every backend of the shop is gone

After each a client asks one request of every route. Aims: no 5xx of the gateway's own making (a 500, or one without Proxy-Status), no broken
connection, in force within 1 s of the order, and off gives the same answers again, byte for byte (but for Date, Age, RateLimit, Cache-Status and
Set-Cookie); while the shop is gone they need only be fair, and are the same once it is back.

  --connections N
  --turns N                how often each is thrown alone
  --out FILE               also write the result there
  --no-build               take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short.
HELP
}

options 'connections turns' 'out' '' "$@"
installed curl dotnet awk wrk jq redis-server redis-cli
open_work
[[ $build == no ]] || build src/SandGlass src/SandGlass.DemoShop
glass_dll=$(built src/SandGlass sandglass) shop_dll=$(built src/SandGlass.DemoShop sandglass-shop)
must_be_built "$glass_dll" "$shop_dll"
[[ -z $out ]] || : >"$out"
missed=no

# ---- the shop, Redis and the gateway, on free ports ------------------------------------------------------------------------------------

port=$((22600 + RANDOM % 400))
cp -r "$root/config/." "$work/policy/"
names='' ports=()
for name in marketing:7001 marketing-b:7011 transaction:7002 transaction-dr:7012 fulfillment:7003 after-sale:7004; do
  free_port
  names+=${names:+,}${name%:*}=$port
  ports+=("$port")
  sed -i "s/127\.0\.0\.1:${name#*:}/127.0.0.1:$port/g" "$work/policy/policy.json"
done
free_port; redis_port=$port
start_redis
# The last closing brace ends the policy.
sed -i "\$!b; s/}[[:space:]]*\$/, \"fleet\": { \"redis\": \"127.0.0.1:$redis_port\", \"name\": \"switches\" } }/" "$work/policy/policy.json"
open_shop() {
  start shop dotnet "$shop_dll" --ports "$names"
  shop_pid=$last
  wait_for shop "$shop_pid" "http://127.0.0.1:${ports[0]}/healthz"
}
open_shop
free_port; data=http://127.0.0.1:$port
free_port; admin=http://127.0.0.1:$port
start glass dotnet "$glass_dll" run --policy "$work/policy/policy.json" --listen "$data" --admin "$admin" --state "$work/state" --drain 0s
wait_for glass "$last" "$admin/readyz"
mapfile -t switches < <(curl -fsS "$admin/api/switches" | jq -r '.[].id')

# ---- what is asked -------------------------------------------------------------------------------------------------------------------

routes=('GET /' 'GET /api/products' 'GET /api/products/sku-1?currency=CNY' 'GET /api/search?q=lamp' 'GET /api/products/sku-1/reviews' 'GET /api/cart/c1'
  'POST /api/orders' 'GET /api/orders/o1' 'POST /api/pay/o1' 'GET /api/shipments/s1' 'GET /api/refunds/r1' 'POST /api/refunds/r1/photos' 'GET /internal/x')
for ((i = 0; i < ${#routes[@]}; i++)); do
  ((i == 0)) || echo next
  echo "url = \"$data${routes[i]#* }\""
  echo "request = ${routes[i]%% *}"
  echo include; echo silent; echo 'max-time = 10'
  echo 'header = "X-Forwarded-For: 203.0.113.7"'
  [[ ${routes[i]} != POST* ]] || { echo 'header = "Content-Type: application/json"'; echo 'data = "{}"'; }
done >"$work/ask"
ask_all() { curl -K "$work/ask" 2>/dev/null | sed -E '/^(Date|Age|RateLimit|Cache-Status|Set-Cookie): /d' >"$1"; } # FILE

throw() { # ID true|false
  curl -fsS -o /dev/null -X PUT -H 'Content-Type: application/json' -d "{\"on\":$2,\"reason\":\"$me\"}" "$admin/api/switches/$1" || fail 3 "$1 cannot be thrown"
}

# Where one request shows that a switch is on; the others change what no single answer shows.
declare -A shows=([reviews-off]=/api/products/sku-1/reviews [refunds-later]=/api/refunds/r1 [refunds-closed]=/api/refunds/r1 [only-critical]=/api/search?q=lamp)
slowest=0
in_force() { # ID: sets slowest, milliseconds from the order to the first answer that shows it
  local began tries took
  [[ -n ${shows[$1]:-} ]] || { throw "$1" true; return; }
  began=$(date +%s%N)
  throw "$1" true
  for ((tries = 0; tries < 200; tries++)); do
    curl -sS -i -m 5 -H 'X-Forwarded-For: 203.0.113.7' "$data${shows[$1]}" | grep -q "switch/$1" && break
  done
  took=$((($(date +%s%N) - began) / 1000000))
  ((took <= slowest)) || slowest=$took
}

different=0 unfair=0
as_before() { # WHAT: held against the usual answers; while the shop is gone, each must be fair
  local tries
  for ((tries = 0; tries < 40; tries++)); do
    ask_all "$work/now"
    if [[ $night == shop ]]; then
      # A 5xx of ours has Proxy-Status; a 500 is nobody's.
      awk '/^HTTP\// { if (bad) exit 1; bad = ($2 >= 500); if ($2 == 500) exit 1 } tolower($1) == "proxy-status:" { bad = 0 } END { if (bad) exit 1 }' "$work/now" || { unfair=$((unfair + 1)); cp "$work/now" "$work/unfair"; }
      return
    fi
    cmp -s "$work/usual" "$work/now" && return
    sleep 0.05
  done
  different=$((different + 1))
  echo "$me: after $1, in the night $night:" >&2
  diff "$work/usual" "$work/now" | head -20 >&2 || true
}

kill_hard() { # PID: and bash says nothing of it
  kill -9 "$1"
  { wait "$1" || true; } 2>/dev/null
  ended "$1"
}

# ---- the nights ----------------------------------------------------------------------------------------------------------------------

sleep 2
ask_all "$work/usual"; ask_all "$work/usual"
say "Switches: ${#switches[@]} of config/policy.json, alone and in $((${#switches[@]} * (${#switches[@]} - 1))) pairs, $(nproc) cores for everything"
say ''
for night in well redis shop; do
  [[ $night != redis ]] || { kill_hard "$redis_pid"; }
  [[ $night != shop ]] || { kill_hard "$shop_pid"; }
  wrk -t1 -c"$connections" -d10m --timeout 10s -s "$here/switches.lua" "$data" >"$work/wrk.out" 2>&1 &
  wrk_pid=$!
  started+=("$wrk_pid")
  sleep 1
  slowest=0 different=0 unfair=0 thrown=0
  for ((turn = 0; turn < turns; turn++)); do
    for one in "${switches[@]}"; do
      in_force "$one"; throw "$one" false; as_before "$one"
      thrown=$((thrown + 1))
    done
  done
  for one in "${switches[@]}"; do
    for two in "${switches[@]}"; do
      [[ $one != "$two" ]] || continue
      throw "$one" true; throw "$two" true
      ask_all "$work/both"
      throw "$one" false; throw "$two" false; as_before "$one and $two"
      thrown=$((thrown + 2))
    done
  done
  kill -INT "$wrk_pid"; wait "$wrk_pid" || true
  ended "$wrk_pid"
  read -r requests took ours fair errors <<<"$(awk '$1 == "RESULT" { $1 = ""; print }' "$work/wrk.out")"
  [[ -n ${requests:-} ]] || { cat "$work/wrk.out" >&2; fail 3 'wrk said nothing'; }
  say "$night: $thrown times thrown in ${took%.*} s under $requests requests; $ours 5xx of its own making ($fair refusals that say so), $errors broken connections; in force after $slowest ms at most; $different differ after off"
  aim "$([[ $ours == 0 && $unfair == 0 && ($errors == 0) && $different == 0 && $slowest -le 1000 ]] && echo 1 || echo 0)" 'no error of its own, within 1 s, and as before'
  say ''
done
open_shop
night=well
for ((i = 0; i < 100; i++)); do ask_all "$work/now"; cmp -s "$work/usual" "$work/now" && break; sleep 0.2; done
aim "$(cmp -s "$work/usual" "$work/now" && echo 1 || echo 0)" 'the shop is back, and every answer is as before all nights'
defects=$(curl -fsS "$admin/metrics" | awk '/^sandglass_defects_total/ { n += $2 } END { print n + 0 }')
aim "$([[ $defects == 0 ]] && echo 1 || echo 0)" "defects of layers: $defects"
[[ $missed == no ]]
