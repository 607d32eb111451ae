#!/usr/bin/env bash
# How exactly several gateways keep one limit over Redis, with Redis well, hung and killed. See --help.
set -euo pipefail

rate=400 burst=80 times=4 seconds=24 fleets='2 4 8' build=yes out=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=fleet
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/fleet.sh [options]

Gateways on loopback share one limit over a redis-server of their own, and each is sent requests at fixed moments, TIMES the limit in all. What is
admitted is read from the gateways' own counters once a second. For each size of the fleet:

  even     all gateways have the same load
  skewed   the first has nine tenths of it
  hung     as even; a quarter of the time in, Redis is stopped (SIGSTOP), and continues after half of it
  killed   as hung, but killed, and started anew with nothing in it

Aims: admitted in any 10 s (in even and skewed) within 5 % of what rate and burst allow; in hung and killed, in any 10 s, never above 1.05 times
that nor below half of the rate; at most 10 calls to Redis a second and gateway; the slowest answer while Redis hangs is no slower than what Redis' deadline
(250 ms) would show, as p99 of each second.

  --rate N     the limit, a second (default 400)
  --burst N    its burst (default 80: what 0.2 s bring, so that a busy machine may stall that long)
  --times N    requests sent, as a multiple of the limit (default 4)
  --seconds N  of each part, at least 20 (default 24)
  --fleets "N …"  sizes (default "2 4 8")
  --out FILE   also write the result there
  --no-build   take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short;
4 not valid: the machine did not bear the load.
HELP
}

take_fleets() {
  local n
  for n in $1; do number --fleets "$n"; done
  fleets=$1
}

options 'rate burst times seconds' 'fleets out' '' "$@"
((seconds >= 20)) || fail 2 "--seconds must be at least 20, so that there are ten before and ten after"
installed wrk curl dotnet awk redis-server redis-cli
open_work
[[ $build == no ]] || build src/SandGlass
glass_dll=$(built src/SandGlass sandglass)
must_be_built "$glass_dll"

[[ -z $out ]] || : >"$out"
missed=no
port=$((20600 + RANDOM % 400))
free_port; redis_port=$port

start_fleet() { # SIZE
  local i
  sed -e '/^ *\/\//d' -e "s/RATE/$rate/; s/BURST/$burst/; s/REDIS/127.0.0.1:$redis_port/" "$here/fleet-policy.json" >"$work/policy/policy.json"
  data=() admins=() glasses=()
  for ((i = 0; i < $1; i++)); do
    free_port; data+=("$port")
    free_port; admins+=("http://127.0.0.1:$port")
    start "glass-$i" dotnet "$glass_dll" run --policy "$work/policy/policy.json" --listen "http://127.0.0.1:${data[i]}" --admin "${admins[i]}" --state "$work/state-$1-$i" --drain 0s
    glasses+=("$last")
  done
  for ((i = 0; i < $1; i++)); do wait_for "glass-$i" "${glasses[i]}" "${admins[i]}/readyz"; done
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    [[ $(members) == "$1" ]] && return
    sleep 0.1
  done
  fail 3 "the $1 gateways did not find each other"
}

members() { # the least that any knows of
  local admin
  for admin in "${admins[@]}"; do curl -fsS -m 5 "$admin/metrics" | awk '$1 == "sandglass_fleet_members" { print $2 }'; done | sort -n | head -n 1
}

stop_fleet() {
  local pid
  for pid in "${glasses[@]}"; do kill "$pid"; done
  for pid in "${glasses[@]}"; do wait "$pid" || fail 3 'a gateway did not stop cleanly'; ended "$pid"; done
}

# One line: the moment, what was admitted, refused, and how often Redis was called, all since the start and over all gateways.
counters() {
  local urls=() admin
  for admin in "${admins[@]}"; do urls+=("$admin/metrics"); done
  curl -fsS -m 5 "${urls[@]}" | awk -v at="$EPOCHREALTIME" '
    /^sandglass_rate_limit_total/ { if ($0 ~ /decision="admit"/) yes += $2; else no += $2 }
    /^sandglass_redis_calls_total/ { calls += $2 }
    END { printf "%.3f %d %d %d\n", at, yes, no, calls }'
}

send() { # GATEWAY PER_SECOND: wrk with a pause of its own before each request
  local connections=$(($2 / 50 + 1))
  start "wrk-$1" wrk -t1 -c"$connections" -d"$((seconds + 5))s" --timeout 5s -s "$here/fleet.lua" "http://127.0.0.1:${data[$1]}/x" -- "$2" "$connections"
  senders+=("$last")
}

part() { # NAME SIZE
  local name=$1 size=$2 i share load=$((rate * times)) began
  senders=()
  for ((i = 0; i < size; i++)); do
    if [[ $name == skewed ]]; then
      share=$((i == 0 ? load * 9 / 10 : load / 10 / (size - 1)))
    else
      share=$((load / size))
    fi
    send "$i" "$((share > 0 ? share : 1))"
  done
  sleep 2 # the burst, and what only first requests cost
  counters >"$work/counts"
  began=$SECONDS
  local stage=well
  while ((SECONDS - began < seconds)); do
    sleep 0.95
    if [[ $stage == well ]] && ((SECONDS - began >= seconds / 4)); then
      stage=away
      [[ $name != hung ]] || kill -STOP "$redis_pid"
      [[ $name != killed ]] || { kill -KILL "$redis_pid"; wait "$redis_pid" 2>/dev/null || true; ended "$redis_pid"; }
    elif [[ $stage == away ]] && ((SECONDS - began >= seconds * 3 / 4)); then
      stage=back
      [[ $name != hung ]] || kill -CONT "$redis_pid"
      [[ $name != killed ]] || start_redis
    fi
    counters >>"$work/counts"
  done
  for i in "${senders[@]}"; do wait "$i" || fail 3 'wrk failed'; ended "$i"; done
  local slowest
  slowest=$(for ((i = 0; i < size; i++)); do awk '/^RESULT/ { print $3 }' "$work/wrk-$i.out"; done | sort -n | tail -n 1)
  local status=0 line
  line=$(awk -v name="$name" -v size="$size" -v rate="$rate" -v burst="$burst" -v load="$load" -v slowest="$slowest" -f "$here/fleet.awk" "$work/counts") || status=$?
  ((status != 4)) || { say "$line"; fail 4 'the machine did not bear the load; take a smaller --rate or --times'; }
  ((status <= 1)) || fail 3 'the counters could not be read'
  say "$line"
  ((status == 0)) || missed=yes
}

say "One limit of $rate/s, burst $burst, over Redis; $times times the limit sent; $seconds s each; $(nproc) cores"
say ''
say '| gateways | | admitted, % of the rate: all | any 10 s, least | most | Redis calls/s and gateway | calls a request | slowest p99, ms | aims |'
say '| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |'
start_redis
for size in $fleets; do
  start_fleet "$size"
  for name in even skewed hung killed; do part "$name" "$size"; done
  stop_fleet
done
say ''
[[ $missed == no ]] && say 'Aims: met' || { say 'Aims: missed'; exit 1; }
