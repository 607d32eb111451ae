#!/usr/bin/env bash
# What lastGood gives while the backend is gone, and what it costs while it is there. See --help.
set -euo pipefail

dead=30 rounds=4 seconds=4 connections=64 build=yes out=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=fallbacks
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/fallbacks.sh [options]

A gateway on loopback, routes without "coalesce", in four parts:

  dead     wrk on ten keys, and after 5 s the shop (5 ms an answer) is gone for 30 s; "fallback" is a lastGood
  restart  the shop still gone, the gateway is killed (SIGKILL) and started again; "lastGood": { "persist": true }
  back     the shop is there again, clients ask on: the share of answers that are its own after 5 s, with eight connections (what it cannot bear is lastGood's
           anyway)
  price    CPU and bytes allocated of a forward of 300 B without a lastGood on its route, with one and ten keys, and with one and 2,000 keys, in
           turns; the median of the ratios of each round

Aims: dead and restart all answered with 200; back 99 % its own; a forward with lastGood at most 1.15 times one without (ten keys).

  --dead S  --rounds N  --seconds S  --connections N
  --out FILE               also write the result there
  --no-build               take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short.
HELP
}

options 'dead rounds seconds connections' 'out' '' "$@"
installed curl dotnet awk wrk
choose_origin ''
open_work
[[ $build == no ]] || build src/SandGlass load-tests/SandGlass.LimitedShop load-tests/SandGlass.BenchOrigin
glass_dll=$(built src/SandGlass sandglass) shop_dll=$(built load-tests/SandGlass.LimitedShop limited-shop)
must_be_built "$glass_dll" "$shop_dll"

[[ -z $out ]] || : >"$out"
missed=no

port=$((24600 + RANDOM % 400))
free_port; shop=http://127.0.0.1:$port
free_port; control=http://127.0.0.1:$port
start shop dotnet "$shop_dll" --listen "$shop" --control "$control" --workers 64 --service-ms 5 --sigma 0.1
wait_for shop "$last" "$control/"
free_port; start_origin "$port"
cat >"$work/policy/policy.json" <<JSON
{
  "backends": {
    "shop": { "destinations": { "a": "$shop" } },
    "fixed": { "destinations": { "a": "$origin" }, "concurrency": { "initial": 1024, "min": 1024, "max": 4096 } }
  },
  "routes": {
    "goods": { "chain": "marketing", "backend": "shop", "match": { "path": "/goods/{id}" }, "timeout": "2s", "fallback": "good" },
    "plain": { "chain": "marketing", "backend": "fixed", "match": { "path": "/plain/{id}" }, "fallback": "busy" },
    "kept":  { "chain": "marketing", "backend": "fixed", "match": { "path": "/kept/{id}" }, "fallback": "good" }
  },
  "lastGood": { "persist": true },
  "fallbacks": { "good": { "lastGood": "1h", "else": "busy" }, "busy": { "body": "busy" } }
}
JSON
free_port; data=http://127.0.0.1:$port
free_port; admin=http://127.0.0.1:$port
start_glass() {
  start glass dotnet "$glass_dll" run --policy "$work/policy/policy.json" --listen "$data" --admin "$admin" --state "$work/state" --drain 0s
  glass_pid=$last
  wait_for glass "$glass_pid" "$admin/readyz"
}
start_glass
began=$SECONDS
run_wrk() { # PATH SECONDS [KEYS [CONNECTIONS]]: sets requests took errors non2xx p50 p99
  wrk -t1 -c"${4:-$connections}" -d"$2s" --timeout 10s -s "$here/hot-keys.lua" "$data" -- "$1" "${3:-10}" >"$work/wrk.out" 2>&1 || { cat "$work/wrk.out" >&2; fail 3 'wrk failed'; }
  read -r requests took errors non2xx p50 p99 <<<"$(awk '$1 == "RESULT" { $1 = ""; print }' "$work/wrk.out")"
}
metric() { curl -fsS -m 5 "$admin/metrics" | awk -v want="$1" 'index($0, want) == 1 { sum += $NF } END { printf "%.0f", sum }'; }
fallbacks() { curl -fsS -m 5 "$admin/metrics" | awk '/^sandglass_requests_total/ && /route="goods"/ && /outcome="fallback"/ { sum += $NF } END { printf "%.0f", sum }'; }
all_good() { [[ $non2xx == 0 && $errors == 0 ]] && echo 1 || echo 0; }
say "Fallbacks: lastGood on routes without coalesce, $(nproc) cores for everything, $connections connections"
say ''

# ---- dead -----------------------------------------------------------------------------------------------------------------------------

# Known keys are what is promised: each is asked for once before.
for key in {0..9}; do curl -fsS -m 5 -o /dev/null "$data/goods/$key" || fail 3 "the shop does not answer for /goods/$key"; done
(sleep 5; curl -fsS -o /dev/null "$control/?mode=gone"; sleep "$dead") &
fault_pid=$!
started+=("$fault_pid")
run_wrk /goods/ "$((dead + 5))"
wait "$fault_pid" || fail 3 'the shop did not hear'
ended "$fault_pid"
say "dead: $requests requests in ${took%.*} s, the shop away for $dead of them (p50 $p50 ms, p99 $p99 ms): $(fallbacks) answered by lastGood, $non2xx not 2xx, $errors socket errors"
aim "$(all_good)" 'all answered'
say ''

# ---- restart --------------------------------------------------------------------------------------------------------------------------

# One slice a second is written, of 64: then all keys are on the disk.
((SECONDS - began >= 68)) || sleep "$((68 - SECONDS + began))"
kill -9 "$glass_pid"
wait "$glass_pid" 2>/dev/null || true
ended "$glass_pid"
start_glass
run_wrk /goods/ 5
say "restart: killed and started again with the shop away: $requests requests in 5 s, $non2xx not 2xx, $errors socket errors; $(metric sandglass_last_good_keys) keys came back"
aim "$(all_good)" 'all answered'
say ''

# ---- back -----------------------------------------------------------------------------------------------------------------------------

curl -fsS -o /dev/null "$control/?mode=ok"
before=$(fallbacks)
# Clients do not wait for a shop to come back: they are what the breaker tries it with.
run_wrk /goods/ 5 10 8
say "back: in the first 5 s after its return $requests requests, $(($(fallbacks) - before)) of them answered by lastGood, $non2xx not 2xx"
before=$(fallbacks)
run_wrk /goods/ 5 10 8
say "back: in the 5 s after those $requests requests, $(($(fallbacks) - before)) of them answered by lastGood, $non2xx not 2xx"
aim "$(awk -v f="$(($(fallbacks) - before))" -v n="$requests" -v bad="$non2xx" 'BEGIN { print (f <= n / 100 && bad == 0) }')" '99 % its own'
say ''

# ---- price ----------------------------------------------------------------------------------------------------------------------------

measure() { # ROUND PATH KEYS: appends "round case req/s cpu_us bytes"
  run_wrk "$2" 1 "$3"
  local cpu0 bytes0 cpu1 bytes1
  bytes0=$(metric dotnet_gc_allocated_bytes_total) cpu0=$(cpu_ticks "$glass_pid")
  run_wrk "$2" "$seconds" "$3"
  cpu1=$(cpu_ticks "$glass_pid") bytes1=$(metric dotnet_gc_allocated_bytes_total)
  [[ $(all_good) == 1 ]] || fail 3 "$2: $non2xx not 2xx, $errors socket errors"
  awk -v OFS='\t' -v r="$1" -v p="$2$3" -v n="$requests" -v t="$took" -v cpu="$((cpu1 - cpu0))" -v tick="$tick_us" -v bytes="$((bytes1 - bytes0))" \
    'BEGIN { printf "%d\t%s\t%.0f\t%.2f\t%.0f\n", r, p, n / t, cpu * tick / n, bytes / n }' >>"$work/price"
}
run_wrk /plain/ 4; run_wrk /kept/ 4
for ((round = 1; round <= rounds; round++)); do
  if ((round % 2)); then measure $round /plain/ 10; measure $round /kept/ 10; measure $round /kept/ 2000
  else measure $round /kept/ 2000; measure $round /kept/ 10; measure $round /plain/ 10; fi
done
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
for path in /plain/10 /kept/10 /kept/2000; do
  say "price: $path keys: $(awk -v p="$path" '$2 == p { print $3 }' "$work/price" | median) req/s, $(awk -v p="$path" '$2 == p { print $4 }' "$work/price" | median) us CPU, $(awk -v p="$path" '$2 == p { print $5 }' "$work/price" | median) bytes a request"
done
for keys in 2000 10; do
  awk -v k="/kept/$keys" '{ cpu[$1, $2] = $4; if ($1 > n) n = $1 } END { for (r = 1; r <= n; r++) printf "%.3f\n", cpu[r, k] / cpu[r, "/plain/10"] }' "$work/price" >"$work/ratios"
  ratio=$(median <"$work/ratios")
  say "price: CPU with lastGood over without, $keys keys: $ratio ($(sort -n "$work/ratios" | head -1) to $(sort -n "$work/ratios" | tail -1))"
done
aim "$(awk -v r="$ratio" 'BEGIN { print (r <= 1.15) }')" 'at most 1.15'
[[ $missed == no ]]
