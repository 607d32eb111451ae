#!/usr/bin/env bash
# What clients get when ten times as many come as the backend bears, through SandGlass and its peers. See --help.
set -euo pipefail

scenario='' long=no rounds=1 workers=32 service_ms=100 surge=10 practice=0 fleets='1 4' usual_sizes='8:40 32:100 256:640' peers='haproxy haproxy-2x nginx yarp' long_seconds=600 obey=0 max_wait=50 redis=yes tell=no glass=SandGlass
seed=1 sizes=$usual_sizes out='' picture='' keep='' build=yes
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=overload
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/overload.sh [options]

A shop of WORKERS workers and lognormal work of SERVICE_MS in the mean bears WORKERS/SERVICE_MS requests a second and lets all others wait, as
backends do. An open-loop generator sends it, through the gateway, a Poisson stream of four chains: 20 % transaction (critical-plus, so twice
what the shop bears at ten times it), 10 % fulfillment, 10 % marketing, 60 % after-sale, each request from a client of its own that leaves after
a second. Latency counts from the moment a request was planned for. The gateway has its defaults and is told nothing of the shop.

  --scenario 'S …'   of these (default: all above the line, ten minutes; with a comma or a blank between)
      step         0.5, 10, 0.5 times the capacity; beside it the peers that are on PATH
      workers      step with 8, 32 and 256 workers, of 40, 100 and 640 ms (--sizes), on each number of gateways
      checkouts    step, where the transaction chain is shoppers who browse, fill the cart, order and pay
      slow         three times the capacity; the work takes twice as long for ten seconds
      half         three times the capacity; half of the workers are away for ten seconds
      contention   step, where each request too many in the shop makes all work longer by 1 %
      storm        0.8 times the capacity; clients try again at once, three times; the shop is gone for one second
      ill          two shops at 0.6 times the capacity; one hangs, is gone, resets amid the body, breaks off half a body, for twelve seconds
      -----
      drift        ten minutes at three times the capacity, the work's speed changes every 30 s
      fleet        ten minutes at three times the capacity on four gateways
  --long             all of them
  --long-seconds S   of drift and fleet (default 600; at least 180, in minutes)
  --workers N  --service-ms MS   the shop, where the scenario does not say (default 32, 100: 320/s)
  --surge S          seconds of the step at ten times (default 10, at least 6)
  --practice S       seconds at ten times the load on another shop, before all else, and gateways that compile each method once (DOTNET_TieredCompilation=0):
                     many gateways on one machine would compile while the surge comes. They know nothing of this shop after it (default 0: none)
  --tell             the shop says with each answer how long the request waited there (Server-Timing), and the gateway is told to believe it
  --gateways 'N …'   for workers (default '1 4')
  --sizes 'W:MS …'   for workers: workers and their work in ms (default '8:40 32:100 256:640'); many gateways on a small machine need a smaller shop
  --no-redis         several gateways know nothing of each other (else they are a fleet over a redis-server of their own, where it is on PATH)
  --peers 'P …'      for step: haproxy (maxconn = WORKERS), haproxy-2x (twice that), both with set-priority-class; nginx (limit_conn), yarp
                     (default all; '' for none); those that are not on PATH are left out by name
  --max-wait MS      shedding.maxWait of the gateway, and what HAProxy lets wait (default 50, which is the gateway's default)
  --obey P           in storm: percent of the clients that wait as long as Retry-After says (default 0)
  --rounds N         all of it so often, each with another seed, in turns (default 1)
  --seed N           of arrivals and work (default 1)
  --picture FILE     draws step as an SVG: goodput by chain over time, a panel for each
  --keep DIR         keeps what was measured there: a line of JSON for each chain and tenth of a second, limits, summary
  --out FILE         also write the table there
  --no-build         take what was built before

The columns: good answers of the critical chain ÷ the smaller of what came and what the shop bears, and of all; p50 and p99 of what was not
refused, in ms, where who lost patience counts with it, and that p99 ÷ the p99 of the work alone; seconds until goodput and p99 were as they
should be after the step, and until all were served after it; the parts of the machine that generator, gateways, shops and all took; how late
the generator was (p99, ms).

Aims: critical 98 %, all 95 %, p99 ratio 3, settle 1 s, recover 0.5 s; checkouts 95 %; storm recovers in 1 s; beside an ill shop 99 % and a p99 at
most 1.3 times that before, its breaker open in its window of 10 s, its recovery in 5 s; over ten minutes p99 at most 1.2 times, goodput at least 0.95 times, memory at
most 1.25 times the first minute's, no critical request refused that the shop could have served, Jain's index of the gateways 0.95. No permit left
over, ever. Peers have no aims.

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short;
4 not valid: the generator fell behind.
HELP
}

take_scenario() { scenario=${1//,/ }; }

take_obey() { [[ $1 =~ ^[0-9]+$ ]] && (($1 <= 100)) || fail 2 "--obey must be a whole number from 0 to 100, not '$1'; see --help"; obey=$1; }

take_gateways() {
  local n
  for n in $1; do number --gateways "$n"; done
  fleets=$1
}

take_sizes() {
  local size
  for size in ${1//,/ }; do [[ $size =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || fail 2 "--sizes takes WORKERS:MS, like 8:40, not '$size'; see --help"; done
  sizes=${1//,/ }
}

take_peers() { peers=${1//,/ }; }

options 'rounds workers service-ms surge practice long-seconds max-wait seed' 'scenario obey gateways sizes peers picture keep out' 'long tell no-redis' "$@"
[[ $tell == no ]] || glass='SandGlass, told'
quick='step workers checkouts slow half contention storm ill'
if [[ -z $scenario ]]; then
  scenario=$quick
  [[ $long == no ]] || scenario="$quick drift fleet"
fi
for name in $scenario; do [[ " $quick drift fleet " == *" $name "* ]] || fail 2 "no scenario is called '$name'; see --help"; done
for name in $peers; do [[ " haproxy haproxy-2x nginx yarp " == *" $name "* ]] || fail 2 "no peer is called '$name'; see --help"; done
((surge >= 6)) || fail 2 '--surge must be at least 6, so that there is something to settle to'
((long_seconds >= 180 && long_seconds % 60 == 0)) || fail 2 '--long-seconds must be at least 180, in whole minutes'
[[ -z $picture || " $scenario " == *' step '* ]] || fail 2 '--picture draws step; add it to --scenario'
[[ -z $picture ]] || { : >>"$picture"; } 2>/dev/null || fail 2 "$picture cannot be written"
installed curl dotnet awk
there=''
for name in $peers; do
  program=${name%-2x}
  if [[ $program == yarp ]] || command -v "$program" >/dev/null; then there+=" $name"; else
    echo "$me: $program is not on PATH, so $name is left out; on Debian: apt-get install haproxy nginx-light" >&2
  fi
done
peers=$there
if [[ $redis == yes ]] && ! command -v redis-server >/dev/null; then
  redis=no
  echo "$me: redis-server is not on PATH, so several gateways know nothing of each other; on Debian: apt-get install redis-server" >&2
fi
open_work
[[ $build == no ]] || build src/SandGlass load-tests/SandGlass.LimitedShop load-tests/SandGlass.OverloadProbe load-tests/SandGlass.BareYarp
glass_dll=$(built src/SandGlass sandglass) shop_dll=$(built load-tests/SandGlass.LimitedShop limited-shop)
probe=$(built load-tests/SandGlass.OverloadProbe overload-probe) yarp_dll=$(built load-tests/SandGlass.BareYarp bare-yarp)
must_be_built "$glass_dll" "$shop_dll" "$probe" "$yarp_dll"
results=$work/results
[[ -z $keep ]] || { mkdir -p "$keep"; results=$(cd "$keep" && pwd); }
mkdir -p "$results"

# Several .NET processes that spin while they wait for work would take two cores from each other, and what is measured here is not CPU.
export DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0

[[ -z $out ]] || : >"$out"

source "$here/overload-peers.sh"

# ---- one measurement ------------------------------------------------------------------------------------------------------------------

chain() { echo "{ \"name\": \"$1\", \"share\": $2, \"critical\": ${3:-false}, \"steps\": [ \"${4:-GET /$1/order}\" ], \"retries\": ${5:-0} }"; } # NAME SHARE [CRITICAL STEPS RETRIES]
four="$(chain transaction 0.2 true), $(chain fulfillment 0.1), $(chain marketing 0.1), $(chain after-sale 0.6)"
shoppers="$(chain transaction 0.2 true 'GET /transaction/browse", "GET /transaction/cart", "POST /transaction/order", "POST /transaction/pay' 2), $(chain fulfillment 0.1), $(chain marketing 0.1), $(chain after-sale 0.6)"
storming=${four//\"retries\": 0/\"retries\": 3}
beside="$(chain transaction 0.1 true), $(chain fulfillment 0.05), $(chain marketing 0.05), $(chain after-sale 0.3), $(chain ill 0.5)"
missed=no invalid=no drawn=()

measure() { # SCENARIO WHO SECONDS LOAD CHANGES JUDGE AIMS [MORE]: a row of the table; sets series
  local status=0 row file
  file=$(tr -c 'a-zA-Z0-9\n' '-' <<<"$1-$2-$round")
  series=$results/$file.jsonl
  cat >"$work/plan.json" <<JSON
{
  "scenario": "$1", "who": "$2", "targets": [ $(quoted "${targets[@]}") ], "admins": [ ${admins[0]+$(quoted "${admins[@]}")} ],
  "seed": $((seed + round)), "seconds": $3, "load": [ $4 ], "changes": [ $5 ], "judge": { $6 }, "aims": { $7 },
  "capacity": $capacity, "serviceMs": $now_ms, "sigma": 0.6, "patienceMs": $patience,
  ${practising:-}
  "processes": { "gateways": [ $(joined "${gateway_pids[@]}") ], "shops": [ $(joined "${shop_pids[@]}") ] },
  ${8:-\"chains\": [ $four ]}
}
JSON
  start probe dotnet "$probe" run "$work/plan.json" "$series"
  wait "$last" || status=$?
  ended "$last"
  row=$(grep '^|' "$work/probe.out" || true)
  [[ -n $row ]] || { cat "$work/probe.out" >&2; fail 3 "$1, $2: the generator failed"; }
  grep -v '^|' "$work/probe.out" >&2 || true
  say "$row"
  echo "$row" >>"$work/rows"
  case $status in
    0) ;;
    1) missed=yes ;;
    4) invalid=yes ;;
    *) fail 3 "$1, $2: the generator ended with $status" ;;
  esac
}

at() { echo "{ \"at\": $1, \"times\": $2 }"; }
change() { echo "{ \"at\": $1, \"url\": \"$control/?$2\"${3:+, \"capacity\": $3} }"; } # AT WHAT [CAPACITY LEFT]
held='"critical": 0.98, "total": 0.95, "leaked": 0'
step_aims="$held, \"p99Ratio\": 3, \"settle\": 1, \"recover\": 0.5"

step() { # SCENARIO WHO AIMS [MORE] [CHANGES]: half a load, ten times, half a load
  # Long work takes longer to learn, and to be done with what was begun before the step.
  local warm=$((8 + now_ms / 40)) long_surge=$((surge + now_ms / 80)) first=$((1 + now_ms / 300))
  ((now_ms > 100)) || { warm=8; long_surge=$surge; }
  local back=$((warm + long_surge))
  measure "$1" "$2" "$((back + 5))" "$(at 0 0.5), $(at "$warm" 10), $(at "$back" 0.5)" "${5:-}" \
    "\"from\": $((warm + first)), \"to\": $back, \"step\": $warm, \"back\": $back" "$3" "${4:-}"
}

run_step() {
  open_shop "$workers" "$service_ms"
  start_gateways 1
  step step "$glass" "$step_aims"
  drawn+=("$series")
  close_all
  local peer who
  for peer in $peers; do
    case $peer in
      haproxy) who="HAProxy, maxconn $workers, priorities" ;;
      haproxy-2x) who="HAProxy, maxconn $((workers * 2)), priorities" ;;
      nginx) who="nginx, limit_conn $workers" ;;
      yarp) who='bare YARP' ;;
    esac
    open_shop "$workers" "$service_ms"
    start_peer "$peer"
    step step "$who" ''
    drawn+=("$series")
    close_all
  done
}

gateways_as() { echo "$glass × $1$( (($1 == 1)) || [[ $redis == yes ]] || echo ', strangers')"; } # HOW MANY

run_workers() {
  local size fleet practising=''
  for size in $sizes; do
    size=${size/:/ }
    for fleet in $fleets; do
      # That is step itself, and stands there.
      [[ "$size $fleet" == "$workers $service_ms 1" && " $scenario " == *' step '* ]] && continue
      open_shop ${size}
      if ((practice > 0)); then
        local measured=$shop its_control=$control
        start_shop practice ${size}
        ill=$shop shop=$measured control=$its_control
        practising="\"practice\": { \"path\": \"/ill/practice\", \"perSecond\": $((capacity * 10)), \"seconds\": $practice },"
      fi
      start_gateways "$fleet"
      step "${size% *} workers$( [[ $sizes == "$usual_sizes" ]] || echo " of ${size#* } ms")" "$(gateways_as "$fleet")" "$held"
      close_all
    done
  done
}

run_checkouts() {
  open_shop "$workers" "$service_ms"
  start_gateways 1
  # A shopper who is turned away tries again twice, after a moment, as shoppers do.
  step checkouts "$glass" '"checkouts": 0.95, "total": 0.95, "leaked": 0' "\"chains\": [ $shoppers ], \"atOnce\": false"
  close_all
}

worse() { # SCENARIO HOW BACK SLOW: at three times the load half of the capacity goes for ten seconds
  open_shop "$workers" "$service_ms"
  start_gateways 1
  measure "$1" "$glass" 32 "$(at 0 0.5), $(at 8 3), $(at 28 0.5)" "$(change 16 "$2" 0.5), $(change 26 "$3" 1)" \
    "\"from\": 17, \"to\": 26, \"step\": 16, \"back\": 28, \"slow\": $4" "$held, \"recover\": 0.5"
  close_all
}

run_slow() { worse slow speed=0.5 speed=1 2; }
run_half() { worse half "workers=$((workers / 2))" "workers=$workers" 1; }

run_contention() {
  open_shop "$workers" "$service_ms"
  start_gateways 1
  step contention "$glass" "$held" '' "$(change 0 contention=0.01)"
  close_all
}

run_storm() {
  open_shop "$workers" "$service_ms"
  start_gateways 1
  measure storm "$glass" 22 "$(at 0 0.8)" "$(change 8 mode=gone 0), $(change 9 mode=ok 1)" '"from": 10, "to": 20, "back": 9, "backShare": 0.95' \
    '"critical": 0.98, "total": 0.95, "recover": 1, "leaked": 0' "\"chains\": [ $storming ], \"obey\": $(awk "BEGIN { print $obey / 100 }")"
  close_all
}

run_ill() {
  local mode
  for mode in hang gone reset half; do
    open_shop "$workers" "$service_ms"
    local healthy=$shop
    start_shop ill "$workers" "$service_ms"
    ill=$shop shop=$healthy
    start_gateways 1
    measure "beside one: $mode" "$glass" 32 "$(at 0 1.2)" "$(change 8 "mode=$mode"), $(change 20 mode=ok)" \
      '"from": 8, "to": 22, "quiet": [ 2, 8 ], "back": 20, "backShare": 0.95, "backChain": "ill", "apart": "ill"' \
      '"total": 0.99, "p99Noticed": 1.3, "breakerOpen": 10.5, "recover": 5, "leaked": 0' "\"chains\": [ $beside ]"
    close_all
  done
}

lasting='"total": 0.95, "p99Drift": 1.2, "goodDrift": 0.95, "memoryDrift": 1.25, "criticalRefused": 0, "leaked": 0'

run_drift() {
  # Begins and ends with the same two, so that first and last minute can be compared; the critical chain always fits.
  local speeds=(1 0.8 1.25 0.75 1.5 0.9 1.1 0.75 1.3 1) changes='' speed i count=$((long_seconds / 30))
  open_shop "$workers" "$service_ms"
  for ((i = 0; i < count; i++)); do
    speed=${speeds[i >= count - 2 ? i - count + 2 : i % ${#speeds[@]}]}
    changes+="${changes:+, }$(change $((8 + 30 * i)) "speed=$speed" "$speed")"
  done
  start_gateways 1
  measure drift "$glass" "$((long_seconds + 12))" "$(at 0 0.5), $(at 8 3), $(at $((long_seconds + 8)) 0.5)" "$changes" \
    "\"from\": 8, \"to\": $((long_seconds + 8))" "$lasting"
  close_all
}

run_fleet() {
  open_shop "$workers" "$service_ms"
  start_gateways 4
  measure fleet "$(gateways_as 4)" "$((long_seconds + 12))" "$(at 0 0.5), $(at 8 3), $(at $((long_seconds + 8)) 0.5)" '' \
    "\"from\": 8, \"to\": $((long_seconds + 8))" "$lasting, \"jain\": 0.95"
  close_all
}

say "A shop of $workers workers, $service_ms ms: $((workers * 1000 / service_ms))/s where nothing else is said; $(nproc) cores for everything; seed $seed"
say ''
say '| scenario | through | critical | all | p50 ms | p99 ms | ÷ work | settle s | recover s | besides | CPU: generator, gateways, shops, machine | late ms | aims |'
say '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | ---: | --- |'
for ((round = 1; round <= rounds; round++)); do
  for name in $scenario; do "run_$name"; done
  [[ -z $picture ]] || ((round > 1)) || dotnet "$probe" picture "$picture" "${drawn[@]}"
done
if ((rounds > 1)); then
  say ''
  say "Medians of $rounds rounds:"
  say ''
  awk -F' *[|] *' -f "$here/overload.awk" "$work/rows" | { if [[ -n $out ]]; then tee -a "$out"; else cat; fi; }
fi
say ''
[[ $invalid == no ]] || { say 'Not valid: the generator fell behind'; exit 4; }
[[ $missed == no ]] && say 'Aims: met' || { say 'Aims: missed'; exit 1; }
