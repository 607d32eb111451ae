#!/usr/bin/env bash
# Measures what SandGlass costs beside bare YARP and bare Kestrel, in turns, in one run. See --help.
set -euo pipefail

rounds=4 seconds=8 calm=60 connections=64 warmup=4 out='' build=yes origin_kind=''
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
  --calm N          cycles at half of the load (default 60): bare YARP, another bare YARP and the gateway, a third of a second each
  --connections C   connections (default 64)
  --warmup S        seconds each case is warmed up, twice (default 4)
  --out FILE        also write the result there, with every single measurement
  --origin KIND     nginx or kestrel (default nginx where it is installed)
  --no-build        take what was built before

Cases: forward  every layer decides (Coalesce lets pass because of Authorization), one fetch of the origin a request
       refuse   429 of an exhausted quota; beside bare YARP's forward and bare Kestrel's same 429
       hit      1 KB from the micro-cache; beside bare YARP's forward and bare Kestrel's 1 KB from memory
       calm     forward at half of what bare YARP bears in this run: what the layers add to the slow requests. Arrivals are a Poisson stream to the
                microsecond, the same for all in each cycle, and times count from the planned moment (load-tests/SandGlass.CalmProbe). Two bare
                YARPs take turns with the gateway: how far they are apart is what this machine cannot tell. The ratio is the median of the cycles'
                own, with the bounds in which the true median lies at 95 %; "met" and "missed" are said only where both bounds say so, the two
                bare YARPs are not apart, and the machine was not busy to more than 95 %: then it gave less than when its half was found
                (90 % is common on two cores: at a part of its load .NET's threads spin between requests).

Both .NET hosts run with the same environment and the same collector settings; nothing is pinned. On a quiet machine .NET's thread pool
spins while it waits for work, and that counts as CPU: cheap answers then look alike. DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0 in front
of the command takes that away from both hosts, and leaves what requests cost.

Exit: 0 measured; 2 wrong usage or something is not installed; 3 a program did not start, or the run was cut short;
4 not valid: an answer or a count was not what it should be, or the load generator was short. It was short when, in any measurement,
wrk met socket errors or time-outs, or spent 90 % or more of its threads' time on the CPU, or left a third of the machine idle.
HELP
}

take_origin() { origin_kind=$1; }

options 'rounds seconds calm connections warmup' 'out origin' '' "$@"
installed wrk curl dotnet awk
choose_origin "$origin_kind"
open_work

# ---- build and start ------------------------------------------------------------------------------------------------------------------

[[ $build == no ]] || build src/SandGlass load-tests/SandGlass.BareYarp load-tests/SandGlass.CalmProbe load-tests/SandGlass.BenchOrigin
calm_probe=$(built load-tests/SandGlass.CalmProbe calm-probe)
must_be_built "$(built src/SandGlass sandglass)" "$(built load-tests/SandGlass.BareYarp bare-yarp)" "$calm_probe"

port=$((17600 + RANDOM % 400))
free_port; origin_port=$port
free_port; yarp_port=$port
free_port; bare_port=$port
free_port; again_port=$port
free_port; glass_port=$port
free_port; admin_port=$port
free_port; spare_port=$port
yarp=http://127.0.0.1:$yarp_port bare=http://127.0.0.1:$bare_port
again=http://127.0.0.1:$again_port glass=http://127.0.0.1:$glass_port admin=http://127.0.0.1:$admin_port

start_origin "$origin_port"

sed "s/127\.0\.0\.1:17080/127.0.0.1:$origin_port/" "$here/bench-policy.json" >"$work/policy/policy.json"
start bare-yarp dotnet "$(built load-tests/SandGlass.BareYarp bare-yarp)" --listen "$yarp" --bare "$bare" --origin "$origin"
yarp_pid=$last
start again dotnet "$(built load-tests/SandGlass.BareYarp bare-yarp)" --listen "$again" --bare "http://127.0.0.1:$spare_port" --origin "$origin"
again_pid=$last
start sandglass dotnet "$(built src/SandGlass sandglass)" run --policy "$work/policy/policy.json" --listen "$glass" --admin "$admin" --state "$work/state" --drain 0s
glass_pid=$last
wait_for bare-yarp "$yarp_pid" "$bare/bare/1k"
wait_for again "$again_pid" "http://127.0.0.1:$spare_port/bare/1k"
wait_for sandglass "$glass_pid" "$admin/readyz"

# ---- the cases: process, address, Authorization or not, counters, what is right -------------------------------------------------------

declare -A pid url auth metrics status body outcome
pid=([yarp]=$yarp_pid [bare429]=$yarp_pid [bare1k]=$yarp_pid [forward]=$glass_pid [refuse]=$glass_pid [hit]=$glass_pid)
url=([yarp]=$yarp/api/products/sku-1 [again]=$again/api/products/sku-1 [bare429]=$bare/bare/429 [bare1k]=$bare/bare/1k
  [forward]=$glass/api/products/sku-1 [refuse]=$glass/api/limited/sku-1 [hit]=$glass/api/hot/sku-1)
auth=([yarp]=auth [again]=auth [forward]=auth)
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

attack() { # CASE SECONDS: sets result
  wrk -t"$threads" -c"$connections" -d"$2s" -s "$here/bench.lua" "${url[$1]}" -- ${auth[$1]:-none} >"$work/wrk.out" 2>&1 &
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

# ---- run ------------------------------------------------------------------------------------------------------------------------------

short=()
curl -fsS -o /dev/null "$glass/api/hot/sku-1"
echo "bench: warming up" >&2
for ((pass = 0; pass < 2; pass++)); do
  for case in "${all[@]}" again; do attack "$case" "$warmup"; done
done
check_answers

# Half of the load comes first: what a rented machine gives becomes less after a minute or two of all of it.
attack yarp 2
half_rate=$(awk '{ printf "%.0f", $1 / $2 / 2 }' <<<"$result")
echo "bench: $calm cycles at $half_rate req/s" >&2
read -r busy0 idle0 <<<"$(machine)"
dotnet "$calm_probe" "$half_rate" "$calm" "$connections" 1 yarp="${url[yarp]}" again="${url[again]}" forward="${url[forward]}" >"$work/calm" &
started+=($!)
wait $! || fail 4 'the load at half of what bare YARP bears broke off'
unset 'started[-1]'
read -r busy1 idle1 <<<"$(machine)"
calm_busy=$((100 * (busy1 - busy0) / (busy1 - busy0 + idle1 - idle0)))

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
    { for (i = 3; i <= NF; i++) value[$1, $2, i] += $i / 2; others[++n] = $9 }
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
      sorted(others, n)
      noise = others[int((n + 1) / 2)]
      printf "\nOther processes took %.0f %% of the machine (median)%s.\n", noise * 100, (noise > 0.15 ? ": trust the ratios, not the absolute numbers" : "")
    }' "$work/results"
}

report_calm() {
  awk -F'\t' -v rate="$half_rate" -v cycles="$calm" -v busy="$calm_busy" '
    function sort(list, n,   i, j, t) { for (i = 2; i <= n; i++) { t = list[i]; for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]; list[j + 1] = t } }
    function middle(list, n) { sort(list, n); return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2 }
    function median(name, column,   i, list) { for (i = 1; i <= cycles; i++) list[i] = value[i, name, column]; return middle(list, cycles) }
    # Of the cycles'"'"' own ratios the median; low and high: where the true one lies at 95 %, by the ranks of a binomial distribution.
    function ratio(name, column,   i, list, m, half) {
      for (i = 1; i <= cycles; i++) list[i] = value[i, name, column] / value[i, "yarp", column]
      m = middle(list, cycles)
      half = 0.98 * sqrt(cycles)
      low = list[int(cycles / 2 - half) < 1 ? 1 : int(cycles / 2 - half)]
      high = list[int(cycles / 2 + half + 1) > cycles ? cycles : int(cycles / 2 + half + 1)]
      return m
    }
    function line(what, name,   i, text) {
      text = sprintf("| %s | %.3f | %.3f | %.2f | %.2f |", what, median(name, 4), median(name, 5), median(name, 6), median(name, 7))
      for (i = 4; i <= 6; i++) text = text (name == "yarp" ? " |" : sprintf(" %.2f (%.2f to %.2f) |", ratio(name, i), low, high))
      print text
    }
    $1 > 0 { for (i = 3; i <= NF; i++) value[$1, $2, i] = $i }
    END {
      printf "\nAt half of what bare YARP bears, %d req/s, Poisson, %d cycles; the machine was busy to %d %% (times in ms, median of the turns; ratios to the first line, median and its 95 %% bounds)\n\n", rate, cycles, busy
      print "| case | p50 | p90 | p99 | p99.9 | p50, ratio | p90 | p99 |"
      print "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
      line("bare YARP, forward", "yarp")
      line("bare YARP, another process", "again")
      line("**SandGlass, forward, all layers on**", "forward")
      ratio("again", 6)
      apart = low > 1 || high < 1
      m = ratio("forward", 6)
      judged = busy > 95 ? "not told, the machine was not at half of its load" : apart ? "not told, two bare YARPs are as far apart" : high <= 1.05 ? "met" : (low > 1.05) ? "missed" : "not told, the bounds are too wide"
      printf "\np99 at half of the load ÷ bare YARP: %.2f, aim 1.05: %s\n", m, judged
      printf "Of the requests 99 in 100 were sent within %.2f ms of their moment.\n", median("yarp", 8)
    }' "$work/calm"
}

{ report; report_calm; } | tee "$work/report"
if [[ $out ]]; then
  { cat "$work/report"; printf '\nround\tcase\treq/s\tcpu_us\tbytes\tp50_ms\tp99_ms\twrk_share\tothers_share\tidle_share\n'; cat "$work/results"
    printf '\ncycle\tcase\treq/s\tp50_ms\tp90_ms\tp99_ms\tp99.9_ms\tlate99_ms\n'; cat "$work/calm"; } >"$out"
fi
if ((${#short[@]})); then
  printf 'bench: the load generator was short: %s\n' "${short[@]}" >&2
  exit 4
fi
