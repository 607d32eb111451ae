#!/usr/bin/env bash
# Measures what SandGlass costs beside bare YARP and bare Kestrel, in turns, in one run. See --help.
set -euo pipefail

rounds=4 seconds=8 connections=64 warmup=4 out='' build=yes origin_kind=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=bench
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/bench.sh [options]

Runs the gateway with all layers on (load-tests/bench-policy.json) beside a bare YARP host with the same routes and bare Kestrel
answers, one at a time, in interleaved rounds, and prints requests/s, CPU microseconds and bytes allocated a request for each, and
their ratios (median of the rounds' own ratios). CPU is the gateway process's alone (utime+stime of /proc/PID/stat).

  --rounds N        rounds; the order turns with each (default 4)
  --seconds S       seconds a case and round, in two halves: A B B A, then B A A B (default 8)
  --connections C   connections of wrk (default 64)
  --warmup S        seconds each case is warmed up, twice (default 4)
  --out FILE        also write the result there, with every single measurement
  --origin KIND     nginx or kestrel (default nginx where it is installed)
  --no-build        take what was built before

Cases: forward  every layer decides (Coalesce lets pass because of Authorization), one fetch of the origin a request
       refuse   429 of an exhausted quota; beside bare YARP's forward and bare Kestrel's same 429
       hit      1 KB from the micro-cache; beside bare YARP's forward and bare Kestrel's 1 KB from memory
       calm     forward and bare YARP's, at half of what bare YARP bears in this run, Poisson: what the layers add to the slow requests

Both .NET hosts run with the same environment and the same collector settings; nothing is pinned. On a quiet machine .NET's thread pool
spins while it waits for work, and that counts as CPU: cheap answers then look alike. DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0 in front
of the command takes that away from both hosts, and leaves what requests cost.

Exit: 0 measured; 2 wrong usage or something is not installed; 3 a program did not start, or the run was cut short;
4 not valid: an answer or a count was not what it should be, or the load generator was short. It was short when, in any measurement,
wrk met socket errors or time-outs, or spent 90 % or more of its threads' time on the CPU, or left a third of the machine idle.
HELP
}

take_origin() { origin_kind=$1; }

options 'rounds seconds connections warmup' 'out origin' '' "$@"
installed wrk curl dotnet awk
choose_origin "$origin_kind"
open_work

# ---- build and start ------------------------------------------------------------------------------------------------------------------

[[ $build == no ]] || build src/SandGlass load-tests/SandGlass.BareYarp load-tests/SandGlass.BenchOrigin
must_be_built "$(built src/SandGlass sandglass)" "$(built load-tests/SandGlass.BareYarp bare-yarp)"

port=$((17600 + RANDOM % 400))
free_port; origin_port=$port
free_port; yarp_port=$port
free_port; bare_port=$port
free_port; glass_port=$port
free_port; admin_port=$port
yarp=http://127.0.0.1:$yarp_port bare=http://127.0.0.1:$bare_port
glass=http://127.0.0.1:$glass_port admin=http://127.0.0.1:$admin_port

start_origin "$origin_port"

sed "s/127\.0\.0\.1:17080/127.0.0.1:$origin_port/" "$here/bench-policy.json" >"$work/policy/policy.json"
start bare-yarp dotnet "$(built load-tests/SandGlass.BareYarp bare-yarp)" --listen "$yarp" --bare "$bare" --origin "$origin"
yarp_pid=$last
start sandglass dotnet "$(built src/SandGlass sandglass)" run --policy "$work/policy/policy.json" --listen "$glass" --admin "$admin" --state "$work/state" --drain 0s
glass_pid=$last
wait_for bare-yarp "$yarp_pid" "$bare/bare/1k"
wait_for sandglass "$glass_pid" "$admin/readyz"

# ---- the cases: process, address, Authorization or not, counters, what is right -------------------------------------------------------

declare -A pid url auth metrics status body outcome
pid=([yarp]=$yarp_pid [bare429]=$yarp_pid [bare1k]=$yarp_pid [forward]=$glass_pid [refuse]=$glass_pid [hit]=$glass_pid)
url=([yarp]=$yarp/api/products/sku-1 [bare429]=$bare/bare/429 [bare1k]=$bare/bare/1k
  [forward]=$glass/api/products/sku-1 [refuse]=$glass/api/limited/sku-1 [hit]=$glass/api/hot/sku-1)
auth=([yarp]=auth [forward]=auth)
metrics=([yarp]=$bare/metrics [bare429]=$bare/metrics [bare1k]=$bare/metrics [forward]=$admin/metrics [refuse]=$admin/metrics [hit]=$admin/metrics)
status=([yarp]=200 [bare429]=429 [bare1k]=200 [forward]=200 [refuse]=429 [hit]=200)
body=([yarp]=$work/small.json [forward]=$work/small.json [bare1k]=$work/large.json [hit]=$work/large.json)
outcome=([forward]='route="product",outcome="served"' [refuse]='route="limited",outcome="refused",layer="rate-limit"' [hit]='route="hot",outcome="hit"')
all=(yarp forward bare429 refuse bare1k hit)

check_answers() {
  local case got
  # Takes the minute's one request, should this client have it, and renews the kept answer, should its time be over.
  curl -sS -m 5 -o /dev/null -H 'X-Forwarded-For: 203.0.0.1' "${url[refuse]}" "${url[hit]}" -o /dev/null
  for case in "${all[@]}"; do
    local header=(-H 'X-Forwarded-For: 203.0.0.1' -H 'Accept: application/json')
    [[ ${auth[$case]:-} ]] && header+=(-H 'Authorization: Bearer 0123456789abcdef0123456789abcdef')
    got=$(curl -sS -m 5 -o "$work/answer" -D "$work/head" -w '%{http_code}' "${header[@]}" "${url[$case]}") || fail 4 "$case: ${url[$case]} does not answer"
    [[ $got == "${status[$case]}" ]] || fail 4 "$case: ${url[$case]} answers $got, not ${status[$case]}"
    [[ -z ${body[$case]:-} ]] || cmp -s "$work/answer" "${body[$case]}" || fail 4 "$case: the body is not what the origin has"
    case $case in
      refuse | bare429)
        for name in Retry-After RateLimit RateLimit-Policy Proxy-Status; do
          grep -qi "^$name:" "$work/head" || fail 4 "$case: the 429 has no $name"
        done ;;
      hit) grep -qi '^Cache-Status: sandglass; hit' "$work/head" || fail 4 "hit: the answer is not from the cache: $(grep -i '^Cache-Status' "$work/head" || true)" ;;
      forward) grep -qi '^Cache-Status: sandglass; fwd=bypass' "$work/head" || fail 4 'forward: Coalesce did not look at it'
        grep -qi '^RateLimit: "per-client"' "$work/head" || fail 4 'forward: no rate limit was asked' ;;
    esac
  done
}

# ---- one measurement ------------------------------------------------------------------------------------------------------------------

threads=$((connections < 2 ? 1 : (cores + 1) / 2))

allocated() { curl -fsS -m 5 "$1" | awk '/^dotnet_gc_allocated_bytes_total/ { printf "%.0f", $2 }'; }

counted() { # how many requests SandGlass says ended so
  curl -fsS -m 5 "$admin/metrics" | awk -v want="$1" '/^sandglass_requests_total/ && index($0, want) { sum += $NF } END { printf "%.0f", sum }'
}

attack() { # CASE SECONDS [PAUSE]: sets result; PAUSE: ms between two requests of a connection
  wrk -t"$threads" -c"$connections" -d"$2s" -s "$here/bench.lua" "${url[$1]}" -- ${auth[$1]:-none} "${3:-0}" >"$work/wrk.out" 2>&1 &
  local wrk_pid=$!
  started+=("$wrk_pid")
  wait "$wrk_pid" || { cat "$work/wrk.out" >&2; fail 4 "$1: wrk failed"; }
  unset 'started[-1]'
  result=$(awk '$1 == "RESULT" { $1 = ""; print }' "$work/wrk.out")
  [[ $result ]] || { cat "$work/wrk.out" >&2; fail 4 "$1: wrk said nothing"; }
}

measure() { # ROUND CASE: appends "round case req/s cpu_us bytes p50 p99 wrk_share others_share idle_share" to the results
  local case=$2 bytes0 bytes1 cpu0 cpu1 origin0 origin1 busy0 idle0 busy1 idle1 seen0=0 seen1=0
  # Into its stride, unmeasured: also spends what the limited clients regained meanwhile.
  [[ $case == "$before" ]] || attack "$case" 1
  before=$case
  [[ ${outcome[$case]:-} ]] && seen0=$(counted "${outcome[$case]}")
  bytes0=$(allocated "${metrics[$case]}")
  cpu0=$(cpu_ticks "${pid[$case]}") origin0=$(cpu_ticks "$origin_pid")
  read -r busy0 idle0 <<<"$(machine)"
  attack "$case" "$half"
  read -r busy1 idle1 <<<"$(machine)"
  cpu1=$(cpu_ticks "${pid[$case]}") || fail 3 "${case}: the gateway is gone"
  origin1=$(cpu_ticks "$origin_pid")
  bytes1=$(allocated "${metrics[$case]}")
  [[ ${outcome[$case]:-} ]] && seen1=$(counted "${outcome[$case]}")

  local requests took errors non2xx wrk_cpu p50 p99
  read -r requests took errors non2xx wrk_cpu p50 p99 <<<"$result"
  ((requests > 0)) || fail 4 "$case: not one answer"
  # 1,000 clients regain one request a minute each; 1 in 100 answers may be such a one.
  if ((status[$case] >= 400)); then
    ((non2xx >= requests - requests / 100)) || fail 4 "$case: only $non2xx of $requests answers were refusals"
  elif ((non2xx > 0)); then
    fail 4 "$case: $non2xx of $requests answers were errors"
  fi
  if [[ ${outcome[$case]:-} ]]; then
    # wrk stops counting while as many as it has connections are under way; a hundredth may be regained requests, or a renewed fetch.
    local seen=$((seen1 - seen0))
    ((seen >= requests - requests / 100 && seen <= requests + connections)) || fail 4 "$case: wrk got $requests answers, the gateway counted $seen"
  fi

  awk -v OFS='\t' -v round="$1" -v name="$case" -v n="$requests" -v took="$took" -v cpu="$((cpu1 - cpu0))" -v tick="$tick_us" \
    -v bytes="$((bytes1 - bytes0))" -v p50="$p50" -v p99="$p99" -v wrk="$wrk_cpu" -v threads="$threads" \
    -v origin="$((origin1 - origin0))" -v busy="$((busy1 - busy0))" -v idle="$((idle1 - idle0))" '
    BEGIN {
      all = busy + idle
      others = (busy - cpu - origin - wrk * 1e6 / tick) / all
      printf "%d\t%s\t%.0f\t%.2f\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\n", round, name, n / took, cpu * tick / n, bytes / n, p50, p99,
        wrk / (took * threads), (others > 0 ? others : 0), idle / all
    }' >>"$work/results"
  tail -n 1 "$work/results" | awk '{ printf "  round %d  %-8s %8d req/s  %6.2f us  %6d B\n", $1, $2, $3, $4, $5 }' >&2
  if ((errors > 0)); then
    short+=("$case, round $1: $errors socket errors or time-outs")
  fi
  local why
  why=$(tail -n 1 "$work/results" | awk '$8 >= 0.9 { print "wrk used " $8 * 100 " % of its threads" } $10 >= 0.34 { print $10 * 100 " % of the machine was idle" }')
  [[ -z $why ]] || short+=("$case, round $1: $why")
}

calm() { # ROUND CASE PAUSE: appends to the results as measure does, as calm-CASE, with what a given load can tell: req/s, p50, p99
  local requests took errors non2xx wrk_cpu p50 p99
  [[ $2 == "$before" ]] || attack "$2" 1 "$3"
  before=$2
  attack "$2" "$half" "$3"
  read -r requests took errors non2xx wrk_cpu p50 p99 <<<"$result"
  ((errors + non2xx == 0)) || fail 4 "$2 at half of the load: $errors socket errors, $non2xx answers that were errors"
  awk -v OFS='\t' -v round="$1" -v name="$2" -v rate="$requests" -v took="$took" -v p50="$p50" -v p99="$p99" \
    'BEGIN { print round, "calm-" name, rate / took, 0, 0, p50, p99, 0, 0, 0 }' >>"$work/results"
  tail -n 1 "$work/results" | awk '{ printf "  round %d  %-12s %4d req/s  p50 %.2f  p99 %.2f ms\n", $1, $2, $3, $6, $7 }' >&2
}

# ---- run ------------------------------------------------------------------------------------------------------------------------------

short=()
curl -fsS -o /dev/null "$glass/api/hot/sku-1"
echo "bench: warming up" >&2
for ((pass = 0; pass < 2; pass++)); do
  for case in "${all[@]}"; do attack "$case" "$warmup"; done
done
check_answers

# What else runs on the machine changes within seconds, so peers are measured in halves around each other.
half=$(((seconds + 1) / 2))
before=''
pairs=('yarp forward' 'bare429 refuse' 'bare1k hit')
for ((round = 1; round <= rounds; round++)); do
  for pair in "${pairs[@]}"; do
    read -r a b <<<"$pair"
    ((round % 2)) || { c=$a; a=$b; b=$c; }
    for case in "$a" "$b" "$b" "$a"; do measure "$round" "$case"; done
  done
  # Half of what bare YARP bore in the first round, so that it is the same load in all.
  [[ -n ${pause:-} ]] || pause=$(awk -v connections="$connections" '$2 == "yarp" { sum += $3; n++ } END { printf "%.2f", 2000 * connections * n / sum }' "$work/results")
  read -r a b <<<"$( ((round % 2)) && echo yarp forward || echo forward yarp)"
  for case in "$a" "$b" "$b" "$a"; do calm "$round" "$case" "$pause"; done
done
check_answers

report() {
  awk -F'\t' -v rounds="$rounds" -v seconds="$seconds" -v connections="$connections" -v threads="$threads" -v origin="$origin_kind" -v cores="$cores" '
    function sorted(list, n,   i, j, t) { for (i = 2; i <= n; i++) { t = list[i]; for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]; list[j + 1] = t } }
    function median(column, name,   i, n, list) {
      for (i = 1; i <= rounds; i++) list[++n] = value[i, name, column]
      sorted(list, n)
      return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    function ratio(column, a, b,   i, n, list, m) {
      for (i = 1; i <= rounds; i++) list[++n] = value[i, a, column] / value[i, b, column]
      sorted(list, n)
      m = n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
      low = list[1]; high = list[n]
      return m
    }
    function line(what, name) {
      printf "| %s | %d | %.1f | %d | %.2f | %.2f |\n", what, median(3, name), median(4, name), median(5, name), median(6, name), median(7, name)
    }
    function compare(what, a, b, aim,   cpu, text) {
      cpu = ratio(4, a, b)
      text = sprintf("%.2f (%.2f to %.2f)", cpu, low, high)
      printf "| %s | %s | %s | %s | %+d |\n", what, text, aim ? sprintf("%.2f", aim) : "", aim ? (cpu <= aim ? "met" : "missed") : "", median(5, a) - median(5, b)
    }
    { for (i = 3; i <= NF; i++) value[$1, $2, i] += $i / 2; if ($2 !~ /^calm/) others[++n] = $9 }
    END {
      printf "SandGlass beside bare YARP 2.1 and bare Kestrel: median of %d rounds of %d s, wrk %d threads, %d connections, origin %s, %d cores\n\n", rounds, seconds, threads, connections, origin, cores
      print "| case | req/s | CPU us/request | bytes/request | p50 ms | p99 ms |"
      print "| --- | ---: | ---: | ---: | ---: | ---: |"
      line("bare YARP, forward", "yarp")
      line("**SandGlass, forward, all layers on**", "forward")
      line("bare Kestrel, 429", "bare429")
      line("**SandGlass, 429**", "refuse")
      line("bare Kestrel, 1 KB", "bare1k")
      line("**SandGlass, hit of 1 KB**", "hit")
      print "\n| CPU a request, ratio | median (lowest to highest round) | aim | | bytes more |"
      print "| --- | ---: | ---: | --- | ---: |"
      compare("forward ÷ bare YARP", "forward", "yarp", 1.15)
      compare("429 ÷ bare YARP", "refuse", "yarp", 0.5)
      compare("429 ÷ bare Kestrel 429", "refuse", "bare429", 1.05)
      compare("hit ÷ bare YARP", "hit", "yarp", 0.5)
      compare("hit ÷ bare Kestrel 1 KB", "hit", "bare1k", 1.15)
      printf "\nAt half of what bare YARP bears, %d and %d req/s, the p99 is %.2f ms through bare YARP and %.2f through SandGlass: ", median(3, "calm-yarp"), median(3, "calm-forward"),
        median(7, "calm-yarp"), median(7, "calm-forward")
      calm = ratio(7, "calm-forward", "calm-yarp")
      printf "%.2f times (%.2f to %.2f; aim 1.05: %s); the p50 %.2f and %.2f.\n", calm, low, high, calm <= 1.05 ? "met" : "missed", median(6, "calm-yarp"), median(6, "calm-forward")
      sorted(others, n)
      noise = others[int((n + 1) / 2)]
      printf "\nOther processes took %.0f %% of the machine (median)%s.\n", noise * 100, (noise > 0.15 ? ": trust the ratios, not the absolute numbers" : "")
    }' "$work/results"
}

report | tee "$work/report"
if [[ $out ]]; then
  { cat "$work/report"; printf '\nround\tcase\treq/s\tcpu_us\tbytes\tp50_ms\tp99_ms\twrk_share\tothers_share\tidle_share\n'; cat "$work/results"; } >"$out"
fi
if ((${#short[@]})); then
  printf 'bench: the load generator was short: %s\n' "${short[@]}" >&2
  exit 4
fi
