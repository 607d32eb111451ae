#!/usr/bin/env bash
# Whether sandglass-load keeps its pace and tells the truth about it. See --help.
set -euo pipefail

rate=5000 seconds=20 stall_seconds=40 known_seconds=40 service_ms=2 build=yes out=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=honesty
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/honesty.sh [options]

The load generator is measured itself, in real time on this machine, with the generator on one core:

  pace     RATE requests a second to a backend that takes SERVICE_MS: all are sent, on time, and the run is valid
  stall    100 a second over one connection to a backend that halts for one second in ten: p99 from the plan is 0.8 s and more,
           from the start it is not, which is what a generator that waits for its answers would have told
  known    100 a second to a backend that takes as long as each request says: 200, 201, … 1199 ms, each as often, so that every percentile is known;
           each that is told, from p50 to p99.9, is within 1 %

  --rate N           of pace (default 5000)
  --seconds S        of pace (default 20)
  --stall-seconds S  of stall (default 40; the backend halts one second in ten of them)
  --known-seconds S  of known (default 40; in tens)
  --service-ms MS    of pace (default 2)
  --out FILE         also write the result there
  --no-build         take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short;
4 not valid: the generator fell behind or was short of CPU (on a machine that others use, that may be theirs).
HELP
}

options 'rate seconds stall-seconds known-seconds service-ms' 'out' '' "$@"
((known_seconds % 10 == 0)) || fail 2 "--known-seconds must be in tens, so that each time comes as often; see --help"
installed curl dotnet awk taskset
open_work
[[ $build == no ]] || build load-tests/SandGlass.LoadTests load-tests/SandGlass.LimitedShop
load_dll=$(built load-tests/SandGlass.LoadTests sandglass-load) shop_dll=$(built load-tests/SandGlass.LimitedShop limited-shop)
must_be_built "$load_dll" "$shop_dll"

[[ -z $out ]] || : >"$out"

config() { # NAME URL RATE SECONDS [PATH FEEDS]
  cat <<JSON
{ "TestName": "$1", "GlobalSettings": { "ReportFileName": "$1", "ReportFolder": "$work", "ReportFormats": [ "Json", "Txt" ], "ScenariosSettings": [ {
  "ScenarioName": "$1", "WarmUpDuration": "00:00:05", "LoadSimulationsSettings": [ { "Inject": [$3, "00:00:01", "$(date -u -d "@$4" +%T)"] } ],
  "CustomSettings": { "target": "$2", ${6:-} "steps": [ { "path": "${5:-/}" } ] } } ] } }
JSON
}

# The first number after a key, and after a key within what another one holds. Not by grep and head: the reports are one long line each.
field() { awk -v key="\"$2\":" '{ at = index($0, key); if (at) { print substr($0, at + length(key)) + 0; exit } }' "$1"; } # FILE KEY
quantile() { # FILE WHICH NAME
  awk -v outer="\"$2\":{" -v key="\"$3\":" '{ at = index($0, outer); if (at) { rest = substr($0, at); print substr(rest, index(rest, key) + length(key)) + 0; exit } }' "$1"
}

p99() { quantile "$1" "$2" p99; } # FILE WHICH

run() { # NAME ARGUMENTS…: sets code; others are not in the generator's way, nor it in theirs
  local name=$1; shift
  code=0
  taskset -c 0 dotnet "$load_dll" run "$work/$name.config.json" --plain "$@" >"$work/$name.said" 2>&1 || code=$?
  [[ -e $work/$name.json ]] || { cat "$work/$name.said" >&2; fail 3 "$name was not measured"; }
}

port=$((19600 + RANDOM % 300))
missed=no invalid=no
say "sandglass-load on one of $(nproc) cores, $(date -u +%F)"
say ''
say '| measure | sent | late | dropped | good | sent after plan p99 ms | p99 from plan ms | p99 from start ms | cores | valid |'
say '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |'
row() { # NAME
  local f=$work/$1.json
  say "| $1 | $(field "$f" starts) | $(field "$f" late) | $(field "$f" dropped) | $(field "$f" count) | $(field "$f" lateP99Ms) | $(p99 "$f" fromPlan) | $(p99 "$f" fromStart) | $(field "$f" cpuCores) | $([[ $code == 4 ]] && echo no || echo yes) |"
}

free_port; shop=http://127.0.0.1:$port
free_port; control=http://127.0.0.1:$port
start shop taskset -c "$((cores > 1 ? 1 : 0))" dotnet "$shop_dll" --listen "$shop" --control "$control" --workers 256 --service-ms "$service_ms" --sigma 0
wait_for shop "$last" "$shop/healthz"
config pace "$shop" "$rate" "$seconds" >"$work/pace.config.json"
run pace
row pace
[[ $code == 4 ]] && { invalid=yes; grep 'not a measurement' "$work/pace.said" >&2; }
good=$(field "$work/pace.json" count)
((good == rate * seconds)) || missed=yes

times=$(seq -s, 200 1199 | sed 's/[0-9][0-9]*/"&"/g')
config known "$shop" 100 "$known_seconds" '/?take-ms={ms}' "\"feeds\": { \"ms\": { \"values\": [ $times ] } }," >"$work/known.config.json"
run known
row known
[[ $code == 4 ]] && { invalid=yes; grep 'not a measurement' "$work/known.said" >&2; }
# Of 1,000 times as often each, the one that a part of them does not exceed.
known=''
for pair in p50:699 p75:949 p90:1099 p95:1149 p99:1189 p999:1198; do
  for which in fromPlan fromStart; do
    is=$(quantile "$work/known.json" $which "${pair%:*}")
    known+=" $which ${pair%:*} $is of ${pair#*:};"
    awk -v is="$is" -v be="${pair#*:}" 'BEGIN { exit !(is >= be * .99 && is <= be * 1.01) }' || missed=yes
  done
done

config stall "$shop" 100 "$stall_seconds" >"$work/stall.config.json"
# Halts by the process's own clock, whatever it is asked: stopped and continued.
(for ((i = 0; i < stall_seconds / 10 + 2; i++)); do sleep 9; kill -STOP "$last" && sleep 1; kill -CONT "$last"; done) >/dev/null 2>&1 &
started+=($!)
run stall --max-in-flight 1 --wait-when-full
row stall
awk -v p="$(p99 "$work/stall.json" fromPlan)" -v s="$(p99 "$work/stall.json" fromStart)" 'BEGIN { exit !(p >= 800 && s < 200) }' || missed=yes
[[ $code == 4 ]] && { invalid=yes; grep 'not a measurement' "$work/stall.said" >&2; }
say ''
[[ $invalid == no ]] || fail 4 'not valid: the generator fell behind or was short of CPU'
say "known, ms:${known%;}"
[[ $missed == no ]] && say 'All sent, the stall told, every percentile within 1 %: met' || { say 'All sent, the stall told, every percentile within 1 %: missed'; exit 1; }
