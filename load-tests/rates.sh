#!/usr/bin/env bash
# How exactly rate limits admit, on one gateway. See --help.
set -euo pipefail

rate=400 burst=200 seconds=30 factors='0.5 1 2 10' algorithms='token-bucket' build=yes out=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=rates
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/rates.sh [options]

One gateway on loopback with one rate limit, asked at 0.5, 1, 2 and 10 times its rate at fixed moments over 64 connections. Admitted must be
within 1 % of the smaller of what was sent and rate*t + burst, t from the first request to the last answer.

  --rate N  --burst N      the limit (default 400/s, 200)
  --seconds S              of each run (default 30)
  --factors 'F …'          times the rate (default '0.5 1 2 10')
  --algorithms 'A …'       token-bucket, paced, fixed-window, sliding-window, warm-up (default token-bucket). Aims are for the first three;
                           paced may admit what its line holds, a fixed window anything from rate*t to one window more (a run may touch one more
                           than it is long)
  --out FILE               also write the result there
  --no-build               take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short;
4 not valid: the sender fell behind, or an answer was neither 200 nor 429.
HELP
}

options 'rate burst seconds' 'factors algorithms out' '' "$@"
installed curl dotnet awk
open_work
[[ $build == no ]] || build src/SandGlass load-tests/SandGlass.RateProbe
glass_dll=$(built src/SandGlass sandglass) probe=$(built load-tests/SandGlass.RateProbe rate-probe)
must_be_built "$glass_dll" "$probe"

[[ -z $out ]] || : >"$out"

policy() { # ALGORITHM
  local more=''
  case $1 in
    token-bucket | warm-up) more=", \"burst\": $burst" ;;
  esac
  cat <<JSON
{
  "backends": { "marketing": { "destinations": { "a": "http://127.0.0.1:9" } } },
  "routes": { "r": { "chain": "marketing", "match": { "path": "/r" }, "answer": "ok", "rateLimits": [ "l" ] } },
  "rateLimits": { "l": { "algorithm": "$1", "rate": "$rate/s", "key": "route"$more } },
  "fallbacks": { "ok": { "status": 200, "body": "ok" } }
}
JSON
}

port=$((19200 + RANDOM % 400))
missed=no invalid=no
say "One limit of $rate/s (burst $burst) on one gateway, $seconds s each, $(nproc) cores"
say ''
say '| algorithm | asked | sent | admitted | rate*t + burst | off | others |'
say '| --- | ---: | ---: | ---: | ---: | ---: | ---: |'
for algorithm in $algorithms; do
  for factor in $factors; do
    policy "$algorithm" >"$work/policy/policy.json"
    free_port; data=$port
    free_port; admin=http://127.0.0.1:$port
    start glass dotnet "$glass_dll" run --policy "$work/policy/policy.json" --listen "http://127.0.0.1:$data" --admin "$admin" --state "$work/state-$data" --drain 0s
    glass_pid=$last
    wait_for glass "$glass_pid" "$admin/readyz"
    asked=$(awk "BEGIN { printf \"%d\", $factor * $rate }")
    read -r sent admitted refused others took <<<"$(dotnet "$probe" "http://127.0.0.1:$data/r" "$asked" "$seconds" 64)"
    allowance=$burst least=same
    case $algorithm in
      paced) allowance=$((rate / 2)) ;;         # who waits: 500 ms of the rate
      fixed-window) allowance=$rate least=rate ;;
      sliding-window) allowance=0 ;;
    esac
    read -r most off <<<"$(awk -v s="$sent" -v a="$admitted" -v r="$rate" -v b="$allowance" -v t="$took" -v least="$least" \
      'BEGIN { m = r * t + b; l = least == "rate" ? r * t : m; if (s < m) m = s; if (s < l) l = s
               printf "%.0f %.2f\n", m, (a > m ? 100 * (a - m) / m : a < l ? 100 * (a - l) / l : 0) }')"
    say "| $algorithm | $factor × | $sent | $admitted | $most | $off % | $others |"
    awk -v o="$off" 'BEGIN { exit !(o > 1 || o < -1) }' && [[ $algorithm == token-bucket || $algorithm == paced || $algorithm == fixed-window ]] && missed=yes
    ((others == 0)) || invalid=yes
    awk -v t="$took" -v s="$seconds" 'BEGIN { exit !(t > s * 1.05 + 1) }' && invalid=yes
    kill "$glass_pid"; wait "$glass_pid" || true
    ended "$glass_pid"
  done
done
say ''
[[ $invalid == no ]] || fail 4 'not valid: the sender fell behind, or something was neither 200 nor 429'
[[ $missed == no ]] && say 'Within 1 %: met' || { say 'Within 1 %: missed'; exit 1; }
