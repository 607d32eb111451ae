#!/usr/bin/env bash
# How long a switch that is thrown on one gateway takes to hold on all, and after kills. See --help.
set -euo pipefail

throws=50 rounds=3 build=yes out=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=fleet-switches
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/fleet-switches.sh [options]

Three gateways on loopback share their switches over a redis-server of their own. A switch is thrown on one after the other, on and off by turns, and all
three are asked every millisecond or two until each answers as the switch says: from the moment the throw is sent to the last one. The very first, with what
only first calls cost in the gateways and in the client, has rows of its own; five more are not counted. Then in rounds, each time
thrown on one gateway and timed from the moment all is there again:

  gateway killed   the one on which it was thrown, kill -9 as soon as it has said yes; timed from when it is started again and ready
  gateway stopped  another, by SIGSTOP while it is thrown; timed from SIGCONT
  Redis killed     thrown while it is gone; timed from when an empty one answers in its place
  Redis stopped    by SIGSTOP, thrown while it hangs for four seconds; timed from SIGCONT

Aims: a throw holds where it was thrown within 50 ms, and on all within 1 s; within 3 s after all is there again; in the end all have the same version, and
each accepted throw has its line in the audit of the gateway that took it.

  --throws N   with all well (default 50)
  --rounds N   of the four faults (default 3)
  --out FILE   also write the result there
  --no-build   take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short.
HELP
}

options 'throws rounds' 'out' '' "$@"
installed node curl dotnet awk jq redis-server redis-cli
open_work
[[ $build == no ]] || build src/SandGlass
glass_dll=$(built src/SandGlass sandglass)
must_be_built "$glass_dll"

[[ -z $out ]] || : >"$out"
missed=no
port=$((21600 + RANDOM % 400))
free_port; redis_port=$port
start_redis
sed -e '/^ *\/\//d' -e "s/REDIS/127.0.0.1:$redis_port/" "$here/fleet-switches-policy.json" >"$work/policy/policy.json"

data=() admins=() glasses=()
start_glass() { # NUMBER
  start "glass-$1" dotnet "$glass_dll" run --policy "$work/policy/policy.json" --listen "${data[$1]}" --admin "${admins[$1]}" --state "$work/state-$1" --drain 0s
  glasses[$1]=$last
}
for i in 0 1 2; do
  free_port; data[i]=http://127.0.0.1:$port
  free_port; admins[i]=http://127.0.0.1:$port
  start_glass "$i"
done
for i in 0 1 2; do wait_for "glass-$i" "${glasses[i]}" "${admins[i]}/readyz"; done

members() { # the least that any knows of
  local admin
  for admin in "${admins[@]}"; do curl -fsS -m 5 "$admin/metrics" | awk '$1 == "sandglass_fleet_members" { print $2 }'; done | sort -n | head -n 1
}
together() {
  local tries
  for ((tries = 0; tries < 150; tries++)); do
    [[ $(members) == 3 ]] && return
    sleep 0.1
  done
  fail 3 'the gateways did not find each other'
}
calls() { for i in 0 1 2; do curl -fsS -m 5 "${admins[i]}/metrics"; done | awk '/^sandglass_redis_calls_total/ { all += $2 } END { print all }'; }
joined() { local IFS=,; echo "$*"; }
ask() { node "$here/fleet-switches.mjs" "$@" || fail 3 'a throw was not taken, or never held'; }
put() { # GATEWAY on|off: sets status to what all must answer now
  curl -fsS -m 5 -o /dev/null -X PUT -H 'Content-Type: application/json' -d "{\"on\": $([[ $2 == on ]] && echo true || echo false), \"reason\": \"round $round\"}" "${admins[$1]}/api/switches/off"
  status=$([[ $2 == on ]] && echo 503 || echo 200)
  accepted=$((accepted + 1))
}
quantiles() { sort -n | awk '{ all[NR] = $1 } END { printf "%.0f %.0f", all[int((NR + 1) / 2)], all[NR] }'; }
row() { say "| $1 | $2 | $3 | $4 |"; }

together
ask throws 6 "$(joined "${admins[@]}")" "$(joined "${data[@]}")" >"$work/first"
read -r first_here first_all < <(awk 'NR == 1 { printf "%.0f %.0f\n", $1, $2 }' "$work/first") # with what only first calls cost, the client's too
say "A switch on three gateways over Redis; $throws throws, $rounds rounds of faults; $(nproc) cores"
say ''
say '| | n | p50, ms | max, ms |'
say '| --- | ---: | ---: | ---: |'
accepted=$((throws + 6))
before=$(calls) began=$EPOCHREALTIME
ask throws "$throws" "$(joined "${admins[@]}")" "$(joined "${data[@]}")" >"$work/throws"
rate=$(awk -v calls="$(($(calls) - before))" -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", calls / (to - from) / 3 }')
row 'the first throw of all: where it was thrown' 1 - "$first_here"
row 'the first throw of all: on all' 1 - "$first_all"
read -r here_p50 here_max < <(cut -d' ' -f1 "$work/throws" | quantiles; echo)
read -r all_p50 all_max < <(cut -d' ' -f2 "$work/throws" | quantiles; echo)
row 'holds where it was thrown' "$throws" "$here_p50" "$here_max"
row 'holds on all' "$throws" "$all_p50" "$all_max"

declare -A times=()
((throws % 2)) && way=off || way=on
flip() { [[ $way == on ]] && way=off || way=on; }
for ((round = 0; round < rounds; round++)); do
  at=$((round % 3)) other=$(((round + 1) % 3))
  put "$at" "$way"; flip
  kill -KILL "${glasses[at]}"; wait "${glasses[at]}" 2>/dev/null || true; ended "${glasses[at]}"
  start_glass "$at"; wait_for "glass-$at" "${glasses[at]}" "${admins[at]}/readyz"
  times[gateway killed]+="$(ask waits "$status" "$(joined "${data[@]}")") "
  together

  kill -STOP "${glasses[other]}"
  put "$at" "$way"; flip
  sleep 1
  times[gateway stopped]+="$(ask waits "$status" "$(joined "${data[@]}")" "${glasses[other]}") "
  together

  kill -KILL "$redis_pid"; wait "$redis_pid" 2>/dev/null || true; ended "$redis_pid"
  put "$at" "$way"; flip
  sleep 2
  start_redis
  times[Redis killed]+="$(ask waits "$status" "$(joined "${data[@]}")") "
  together

  kill -STOP "$redis_pid"
  sleep 1
  put "$at" "$way"; flip
  sleep 3
  times[Redis stopped]+="$(ask waits "$status" "$(joined "${data[@]}")" "$redis_pid") "
  together
done

worst=0
for fault in 'gateway killed' 'gateway stopped' 'Redis killed' 'Redis stopped'; do
  read -r p50 max < <(tr ' ' '\n' <<<"${times[$fault]}" | sed '/^$/d' | quantiles; echo)
  row "after: $fault" "$rounds" "$p50" "$max"
  ((max > worst)) && worst=$max
done
sleep 2
versions=$(for i in 0 1 2; do curl -fsS -m 5 "${admins[i]}/api/switches/off" | jq -r '"\(.version) \(.on) \(.fleet.inForce)/\(.fleet.of)"'; done | sort | uniq -c | sed 's/^ *//')
lines=$(cat "$work"/state-*/audit.jsonl | jq -r 'select(.from == "127.0.0.1") | .what' | wc -l)
say ''
say "Redis calls, each gateway: $rate/s while it was thrown. In the end: $versions; $lines lines of $accepted accepted throws"
say ''
aim "$((here_max <= 50))" 'holds where it was thrown within 50 ms'
aim "$((all_max <= 1000))" 'holds on all within 1 s'
aim "$((worst <= 3000))" 'within 3 s after all is there again'
aim "$([[ $versions == '3 '*' 3/3' ]] && echo 1 || echo 0)" 'all agree, and know it'
aim "$((lines == accepted))" 'each accepted throw has its line'
[[ $missed == no ]] || exit 1
