#!/usr/bin/env bash
# Whether a replay on real sockets keeps order, spacing and counts of a log. See --help.
set -euo pipefail

speed=60 hours=3 build=yes out='' keep='' limit=1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=replay
log=$root/../shared/data/traffic/apache-combined-10k.log
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/replay.sh [options]

Replays an access log in combined format to an nginx of its own on loopback, which writes down when each request came, and holds that against the log:

  counts    requests that came, of those in the log
  order     requests that did not come in their place
  spacing   requests that came more than a second of the log (a SPEEDth of a real one) and 10 ms from their moment, counted from the first one; and how
            long all of it took

  --log FILE    the log (default: ../shared/data/traffic/apache-combined-10k.log beside the project, a public one of three and a half days)
  --speed N     so many times as fast (default 60)
  --hours N     only the log's first N hours (default 3, which are three minutes at 60 times; 0 is all of it)
  --keep FILE   keep the arrivals there: milliseconds and target
  --out FILE    also write the result there
  --no-build    take what was built before

Exit: 0 all within 1 %; 1 one was not; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short;
4 not valid: the generator fell behind (on a machine that others use, that may be theirs).
HELP
}

take_hours() { [[ $1 =~ ^[0-9]+$ ]] || fail 2 "--hours must be a whole number, not '$1'; see --help"; hours=$1; }

options 'speed' 'hours log keep out' '' "$@"
[[ -r $log ]] || fail 2 "there is no $log; name one with --log"
installed nginx dotnet awk sort curl
open_work
[[ $build == no ]] || build load-tests/SandGlass.LoadTests
load_dll=$(built load-tests/SandGlass.LoadTests sandglass-load)
must_be_built "$load_dll"
[[ -z $out ]] || : >"$out"

# What the log says, in the order of its moments: seconds since 1970, target.
awk '
  function days(y, m, d) { y -= m <= 2; m = (m + 9) % 12; return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m + 2) / 5) + d - 719469 }
  {
    if (!match($0, /\[[0-9]+\/[A-Z][a-z][a-z]\/[0-9]+:[0-9:]+ [+-][0-9]+\]/)) next
    split(substr($0, RSTART + 1, RLENGTH - 2), t, /[\/: ]/)
    at = days(t[3], (index("JanFebMarAprMayJunJulAugSepOctNovDec", t[2]) + 2) / 3, t[1]) * 86400 + t[4] * 3600 + t[5] * 60 + t[6]
    zone = substr(t[7], 2, 2) * 3600 + substr(t[7], 4, 2) * 60
    at += substr(t[7], 1, 1) == "-" ? zone : -zone
    split($0, quoted, "\""); split(quoted[2], request, " ")
    if (request[1] ~ /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/ && request[2] ~ /^\/([^\/]|$)/) { sub(/#.*/, "", request[2]); print at, request[2] }
  }' "$log" | sort -s -k1,1n >"$work/whole"
read -r first _ <"$work/whole"
((hours == 0)) && cp "$work/whole" "$work/expected" || awk -v until="$((first + hours * 3600))" '$1 < until' "$work/whole" >"$work/expected"

port=$((22800 + RANDOM % 300))
free_port
cat >"$work/nginx.conf" <<NGINX
worker_processes 1;
daemon off;
master_process off;
pid $work/nginx.pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
  log_format arrivals '\$msec \$request_uri';
  access_log $work/arrivals arrivals;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  large_client_header_buffers 4 64k;
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server { listen 127.0.0.1:$port; location / { return 200 'ok'; } location = /ready-for-replay { access_log off; return 200 'ok'; } }
}
NGINX
start nginx nginx -c "$work/nginx.conf" -e stderr
wait_for nginx "$last" "http://127.0.0.1:$port/ready-for-replay"
slice=()
((hours == 0)) || slice=(--until "$((hours / 24)).$(printf %02d $((hours % 24))):00:00")
status=0
dotnet "$load_dll" replay "$log" --target "http://127.0.0.1:$port" --speed "$speed" "${slice[@]}" --plain >"$work/said" 2>&1 || status=$?
((status == 0 || status == 4)) || { tail -5 "$work/said" >&2; fail 3 "the replay ended with $status"; }
[[ -z $keep ]] || cp "$work/arrivals" "$keep"

read -r sent came misplaced off length planned <<<"$(awk -v speed="$speed" '
  NR == FNR { at[NR] = $1; path[NR] = $2; n = NR; next }
  {
    i = FNR
    if (i == 1) zero = $1
    # Personal values went out as hashes.
    if ($2 != path[i] && $2 !~ /h[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]/) misplaced++
    apart = ($1 - zero) - (at[i] - at[1]) / speed
    if (apart > 1 / speed + .01 || apart < -1 / speed - .01) off++
    ended = $1
  }
  END { printf "%d %d %d %d %.1f %.1f\n", n, i, misplaced, off, ended - zero, (at[n] - at[1]) / speed }' "$work/expected" "$work/arrivals")"

missed=no
within() { awk -v a="$1" -v b="$2" -v limit="$limit" 'BEGIN { d = a - b; if (d < 0) d = -d; print (b > 0 && 100 * d / b <= limit) }'; } # IS SHOULD BE
say "A log of $sent requests$( ((hours == 0)) || echo " (its first $hours hours)") at $speed times its speed on real sockets, $(date -u +%F), $(nproc) cores"
aim "$(within "$came" "$sent")" "counts: $came of $sent came"
aim "$(within "$((sent - misplaced))" "$sent")" "order: $misplaced not in their place"
aim "$(within "$((sent - off))" "$sent")" "spacing: $off further from their moment than a second of the log"
aim "$(within "$length" "$planned")" "length: $length s of $planned"
say "$(grep -m1 '^generator' "$work/said")"
((status == 0)) || { grep 'not a measurement' "$work/said" >&2; fail 4 'not valid: the generator fell behind or was short of CPU'; }
[[ $missed == no ]]
