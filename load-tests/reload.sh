#!/usr/bin/env bash
# How long a large policy takes to load, and what clients see of a reload. See --help.
set -euo pipefail

routes=10000 limits=1000 full_routes=1000 rate=2000 seconds=45 quiet=20 every=5 connections=64 reloads=50 build=yes out='' origin_kind=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=reload
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/reload.sh [options]

A policy of 10,000 routes and 1,000 rate limits (reload-policy.awk writes it), a gateway and an origin on loopback, in three parts:

  load     how long the gateway takes from its start to the first 200, beside one with a policy of 10 routes; and reading alone
  steady   2,000 requests/s at fixed moments, over all routes; after 20 quiet seconds the policy is changed every 5 s, by a rename.
           Prints what clients saw second by second
  full     wrk as fast as it goes over 1,000 routes while the policy is changed 50 times in a row, each as soon as the one before is in
           force (with 10,000 routes it does the same, ten times as long: --full-routes 10000)

Aims: the first 200 within 2 s of what the small policy takes; not one answer that is not 2xx, not one socket error; in steady, p99 (by
the tenth of a second) never above 5 times its usual for longer than 1 s; every change taken, as /metrics counts them.

  --routes N  --limits N     the policy's size (default 10000, 1000)
  --rate N  --seconds S      requests a second and length of the steady part (default 2000, 45)
  --reloads N                changes in the full part (default 50)
  --full-routes N            routes in the full part (default 1000)
  --out FILE                 also write the result there
  --origin KIND              nginx or kestrel (default nginx where it is installed)
  --no-build                 take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short;
4 not valid: an answer was not what it should be, or the machine was too busy (a usual p99 above 50 ms).
HELP
}

take_origin() { origin_kind=$1; }

options 'routes limits rate seconds reloads full-routes' 'out origin' '' "$@"
((seconds >= quiet + 2 * every)) || fail 2 "--seconds must be at least $((quiet + 2 * every)), so that there are changes to look at"
installed wrk curl dotnet awk
choose_origin "$origin_kind"
open_work

[[ $build == no ]] || build src/SandGlass load-tests/SandGlass.ReloadProbe load-tests/SandGlass.BenchOrigin
glass_dll=$(built src/SandGlass sandglass) probe=$(built load-tests/SandGlass.ReloadProbe reload-probe)
must_be_built "$glass_dll" "$probe"

port=$((19600 + RANDOM % 400))
free_port; start_origin "$port"
policy() { # ROUTES LIMITS TEXT TIMEOUT
  awk -v routes="$1" -v limits="$2" -v text="$3" -v timeout="$4" -v origin="$origin" -f "$here/reload-policy.awk" </dev/null
}

[[ -z $out ]] || : >"$out"
missed=no

now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }

start_glass() { # POLICY: sets glass_pid, data, admin, took (ms from the start to the first 200)
  local file=$1 began
  free_port; data=$port
  free_port; admin=http://127.0.0.1:$port
  began=$(now_ms)
  start glass dotnet "$glass_dll" run --policy "$file" --listen "http://127.0.0.1:$data" --admin "$admin" --state "$work/state-$data" --drain 0s
  glass_pid=$last
  until curl -fs -m 2 -o /dev/null "http://127.0.0.1:$data/said" 2>/dev/null; do
    kill -0 "$glass_pid" 2>/dev/null || { cat "$work/glass.out" >&2; fail 3 'the gateway did not start'; }
    (($(now_ms) - began < 60000)) || fail 3 'the gateway did not answer within 60 s'
    sleep 0.02
  done
  took=$(($(now_ms) - began))
}

stop_glass() {
  # It hears signals once it has said so.
  until grep -q '^SandGlass serves' "$work/glass.out"; do sleep 0.02; done
  kill "$glass_pid"
  wait "$glass_pid" || fail 3 'the gateway did not stop cleanly'
  ended "$glass_pid"
}

applied() { curl -fsS -m 10 "$admin/metrics" | awk -v result="result=\"$1\"" '/^sandglass_policy_reloads_total/ && index($0, result) { printf "%d", $2 }'; }

# ---- load -----------------------------------------------------------------------------------------------------------------------------

policy "$routes" "$limits" first 5s >"$work/policy/first.json"
policy 10 10 first 5s >"$work/policy/small.json"
for ((i = 0; i < 4; i++)); do policy "$routes" "$limits" "change-$i" "$((i + 6))s" >"$work/change-$i.json"; done

say "Reloads of a policy of $routes routes and $limits rate limits ($(stat -c %s "$work/policy/first.json") bytes), origin $origin_kind, $(nproc) cores"
say ''
starts() { # POLICY: sets took, the median of three starts
  local i list=()
  for ((i = 0; i < 3; i++)); do
    start_glass "$1"
    list+=("$took")
    stop_glass
  done
  took=$(printf '%s\n' "${list[@]}" | sort -n | sed -n 2p)
}

starts "$work/policy/small.json"; small_ms=$took
starts "$work/policy/first.json"; large_ms=$took
read -r first_ms best_ms megabytes <<<"$(dotnet "$probe" read "$work/policy/first.json" 8)"
say "start to first 200: $large_ms ms, with 10 routes $small_ms ms; reading and checking alone: $first_ms ms the first time, $best_ms ms at best, $megabytes MB allocated"
aim $((large_ms - small_ms < 2000)) 'loads within 2 s'
say ''

# ---- steady ---------------------------------------------------------------------------------------------------------------------------

cp "$work/policy/first.json" "$work/policy/policy.json"
start_glass "$work/policy/policy.json"
# Every route once, so that what only the first request of each costs is no part of it.
wrk -t1 -c16 -d8s -s "$here/reload.lua" "http://127.0.0.1:$data" -- "$routes" >/dev/null
status=0
read -r busy0 idle0 <<<"$(machine)"
ours0=$(($(cpu_ticks "$glass_pid") + $(cpu_ticks "$origin_pid")))
dotnet "$probe" load "$data" "$rate" "$seconds" "$connections" "$routes" "$quiet" "$every" "$work/policy/policy.json" "$work"/change-*.json >"$work/steady" || status=$?
ours1=$(($(cpu_ticks "$glass_pid") + $(cpu_ticks "$origin_pid")))
read -r busy1 idle1 <<<"$(machine)"
# The sender's own share is in the busy time too: about a tenth of this machine.
others=$((100 * (busy1 - busy0 - ours1 + ours0) / (busy1 - busy0 + idle1 - idle0)))
# The kernel counts by ticks, and may miss some of a busy moment.
((others > 0)) || others=0
say "$(cat "$work/steady")"
say "the gateway and its origin took $((100 * (ours1 - ours0) / (busy1 - busy0 + idle1 - idle0))) % of the machine; the sender and all others $others %"
((status != 4)) || fail 4 'not valid: the machine was too busy'
((status <= 1)) || fail 3 'the sender failed'
changes=$(((seconds - quiet) / every))
aim $((status == 0)) 'a reload is not noticed'
taken=$(($(applied applied) - 1))
aim $((taken == changes)) "$taken of $changes changes taken, $(applied rejected) rejected"
say "$(grep -o 'Policy .* is in force.*' "$work/glass.out" | tail -n 3)"
stop_glass
say ''

# ---- full -----------------------------------------------------------------------------------------------------------------------------

policy "$full_routes" 100 first 5s >"$work/policy/policy.json"
for ((i = 0; i < 4; i++)); do policy "$full_routes" 100 "change-$i" "$((i + 6))s" >"$work/change-$i.json"; done
start_glass "$work/policy/policy.json"
in_force() { grep -c 'is in force' "$work/glass.out" || true; }
wrk -t1 -c"$connections" -d300s --timeout 30s -s "$here/reload.lua" "http://127.0.0.1:$data" -- "$full_routes" >"$work/wrk.out" 2>&1 &
wrk_pid=$!
started+=("$wrk_pid")
began=$(now_ms)
for ((i = 1; i <= reloads; i++)); do
  sed "s/\"change-[0-9]*\"/\"full-$i\"/" "$work/change-$((i % 4)).json" >"$work/policy/policy.json.new"
  mv "$work/policy/policy.json.new" "$work/policy/policy.json"
  until (($(in_force) >= i)); do
    kill -0 "$wrk_pid" 2>/dev/null || fail 3 "wrk ended before $reloads reloads were done"
    sleep 0.05
  done
done
ms=$(($(now_ms) - began))
# wrk tells its sums when interrupted, too.
kill -INT "$wrk_pid"
wait "$wrk_pid" || true
ended "$wrk_pid"
read -r requests took errors non2xx p50 p99 <<<"$(awk '$1 == "RESULT" { $1 = ""; print }' "$work/wrk.out")"
[[ ${requests:-} ]] || { cat "$work/wrk.out" >&2; fail 4 'wrk said nothing'; }
taken=$(($(applied applied) - 1))
[[ $(curl -fsS "http://127.0.0.1:$data/said") == "full-$reloads" ]] || fail 4 'the last change is not in force'
stop_glass
say "full load: $taken reloads in $((ms / 1000)) s under $((requests * 1000 / ms)) requests/s, p50 $p50 ms, p99 $p99 ms; $requests requests, $non2xx not 2xx, $errors socket errors"
aim $((taken == reloads && non2xx == 0 && errors == 0)) 'no request is lost'
[[ $missed == no ]]
