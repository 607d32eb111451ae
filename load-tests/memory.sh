#!/usr/bin/env bash
# How much memory a rate limit takes for a million clients, in the running gateway. See --help.
set -euo pipefail

clients=1000000 build=yes
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=memory
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/memory.sh [--clients N] [--no-build]

Sends one request each of N distinct clients (default 1,000,000; X-Forwarded-For from a trusted proxy on loopback, pipelined) through
one rate limit of the running gateway, once with maxKeys at N and once at a tenth of it, and prints

  bytes a client, by resident memory    what the process gained, over the clients it remembers
  bytes a client, by the managed heap   the same for the heap as .NET reports it, garbage included
  bytes a client, by the table alone    the same keys through one GcraTable in another process, after a full collection
  forgotten                             clients sent less clients remembered; at the bound the least debt goes first

The gateway is warmed up first with as many requests of a single client, so that what any traffic costs is not counted.
Aim: at most 150 bytes a client by resident memory, and never more keys than maxKeys.

Exit: 0 the aim is met; 1 it is missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short;
4 not valid: not every request was answered.
HELP
}

take_clients() {
  [[ $1 =~ ^[1-9][0-9]{2,7}$ ]] && (($1 <= 16000000)) || fail 2 "--clients must be a whole number from 100 to 16000000, not '$1'"
  clients=$1
}

options '' 'clients' '' "$@"
installed curl dotnet awk
open_work

[[ $build == no ]] || build src/SandGlass load-tests/SandGlass.MemoryProbe
glass=$root/src/SandGlass/bin/Release/net10.0/sandglass.dll
probe=$root/load-tests/SandGlass.MemoryProbe/bin/Release/net10.0/memory-probe.dll
must_be_built "$glass" "$probe"

port=$((18600 + RANDOM % 400))

probing() { # sets answers to "fine refused"; waits so that a signal is heard
  dotnet "$probe" "$@" >"$work/probe.out" 2>"$work/probe.err" &
  local pid=$!
  started+=("$pid")
  wait "$pid" || { cat "$work/probe.err" >&2; fail 4 "not every request was answered"; }
  unset 'started[-1]'
  answers=$(<"$work/probe.out")
}

missed=no
echo "A rate limit's memory, $clients distinct clients, one request each"
echo
echo '| maxKeys | remembered | forgotten | resident, B/client | heap, B/client | table alone, B/client | table alone forgot |'
echo '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
for most in "$clients" $((clients / 10)); do
  sed "s/\"maxKeys\": 1000000/\"maxKeys\": $most/" "$here/memory-policy.json" >"$work/policy/policy.json"
  free_port; data=$port
  free_port; admin=http://127.0.0.1:$port
  start glass dotnet "$glass" run --policy "$work/policy/policy.json" --listen "http://127.0.0.1:$data" --admin "$admin" --state "$work/state" --drain 0s
  pid=$last
  wait_for glass "$pid" "$admin/readyz"

  reading() { # METRIC
    curl -fsS -m 10 "$admin/metrics" | awk -v name="$1" 'index($1, name) == 1 { printf "%.0f", $2 }'
  }

  probing send "$data" 12 1 "$clients"
  rss0=$(reading process_resident_memory_bytes) heap0=$(reading dotnet_gc_heap_bytes) keys0=$(reading sandglass_rate_limit_keys)
  probing send "$data" 11 "$clients" 1
  read -r fine refused <<<"$answers"
  ((fine == clients)) || fail 4 "$refused of $clients first requests were refused: two clients shared a bucket"
  rss1=$(reading process_resident_memory_bytes) heap1=$(reading dotnet_gc_heap_bytes) keys1=$(reading sandglass_rate_limit_keys)
  kill "$pid"
  wait "$pid" || fail 3 'the gateway did not stop cleanly'
  unset 'started[-1]'

  probing table "$clients" "$most"
  read -r table kept evicted _ <<<"$answers"
  keys=$((keys1 - keys0))
  awk -v most="$most" -v keys="$keys" -v clients="$clients" -v rss=$((rss1 - rss0)) -v heap=$((heap1 - heap0)) -v table="$table" -v kept="$kept" -v evicted="$evicted" \
    'BEGIN { printf "| %d | %d | %d | %.1f | %.1f | %.1f | %d |\n", most, keys, clients - keys, rss / keys, heap / keys, table / kept, evicted }'
  ((rss1 - rss0 <= 150 * keys && keys1 <= most)) || missed=yes
done
echo
[[ $missed == no ]] && echo 'Aim (150 bytes a client, never more than maxKeys): met' || { echo 'Aim (150 bytes a client, never more than maxKeys): missed'; exit 1; }
