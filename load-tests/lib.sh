# What the scripts of this folder share: refusing, building, starting, and ending what was started. Sourced:
#   me=bench here=…/load-tests root=…; source "$here/lib.sh"; …; open_work
# Sets work (a folder of its own, gone at the end) and started (the processes that end with the script).

fail() { local code=$1; shift; echo "$me: $*" >&2; exit "$code"; }

number() { [[ $2 =~ ^[1-9][0-9]*$ ]] || fail 2 "$1 must be a whole number above 0, not '$2'; see --help"; }

installed() { # PROGRAM…
  local program missing=()
  for program in "$@"; do command -v "$program" >/dev/null || missing+=("$program"); done
  ((${#missing[@]} == 0)) || fail 2 "not installed: ${missing[*]}; on Debian: apt-get install wrk curl nginx-light (dotnet: the .NET 10 SDK)"
}

# ---- options: --help, --no-build, and what the script names -------------------------------------------------------------------------------

# --name VALUE sets name, with _ for -; numbers must be above 0. Where the script has a function take_name, that is given the value instead.
# A flag sets its name to yes; one that begins with no- sets the rest of its name to no.
options() { # NUMBERS TEXTS FLAGS "$@"
  local numbers=" $1 " texts=" $2 " flags=" no-build $3 " name
  shift 3
  while (($#)); do
    [[ $1 != --help && $1 != -h ]] || { usage; exit 0; }
    [[ $1 =~ ^--[a-z-]+$ && $numbers$texts$flags == *" ${1#--} "* ]] || fail 2 "unknown argument '$1'; see --help"
    name=${1#--}
    if [[ $flags == *" $name "* ]]; then
      if [[ $name == no-* ]]; then name=${name#no-}; declare -g "${name//-/_}=no"; else declare -g "${name//-/_}=yes"; fi
      shift
      continue
    fi
    (($# > 1)) || fail 2 "$1 needs a value; see --help"
    if declare -F "take_${name//-/_}" >/dev/null; then
      "take_${name//-/_}" "$2"
    else
      [[ $numbers != *" $name "* ]] || number "$1" "$2"
      declare -g "${name//-/_}=$2"
    fi
    shift 2
  done
}

# ---- the result: on the screen, and in the file --out, where there is one ---------------------------------------------------------------

say() { echo "$*"; [[ -z $out ]] || echo "$*" >>"$out"; }

aim() { # MET (1 or not) TEXT: sets missed
  say "$2: $([[ $1 == 1 ]] && echo met || echo missed)"
  [[ $1 == 1 ]] || missed=yes
}

# ---- what is started here ends here, by its id, however this ends --------------------------------------------------------------------

started=()
open_work() {
  work=$(mktemp -d)
  mkdir "$work/nothing" "$work/policy"
  trap cleanup EXIT
  trap 'echo "$me: cut short" >&2; exit 3' INT TERM
}

cleanup() {
  trap - EXIT INT TERM
  if ((${#started[@]})); then
    kill "${started[@]}" 2>/dev/null || true
    wait "${started[@]}" 2>/dev/null || true
  fi
  rm -rf "$work"
}

start() { # NAME COMMAND…: sets last
  local name=$1; shift
  # In an empty folder: ASP.NET watches the one it starts in.
  (cd "$work/nothing" && exec "$@") >"$work/$name.out" 2>&1 </dev/null &
  started+=($!)
  last=$!
}

ended() { # PID: it is not ours to end any more
  local pid kept=()
  for pid in "${started[@]}"; do [[ $pid == "$1" ]] || kept+=("$pid"); done
  started=("${kept[@]}")
}

free_port() { # sets port; a port that nobody listens on, from the last one given on
  while port=$((port + 1)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
}

start_redis() { # on redis_port, which the caller has chosen, and keeps nothing; sets redis_pid
  start redis redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir "$work/nothing"
  redis_pid=$last
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    redis-cli -p "$redis_port" ping 2>/dev/null | grep -q PONG && return
    sleep 0.05
  done
  fail 3 'redis-server did not start'
}

wait_for() { # NAME PID URL
  local tries
  for ((tries = 0; tries < 150; tries++)); do
    kill -0 "$2" 2>/dev/null || { cat "$work/$1.out" >&2; fail 3 "$1 did not start"; }
    curl -fsS -m 2 -o /dev/null "$3" 2>/dev/null && return
    sleep 0.1
  done
  fail 3 "$1 did not answer on $3 within 15 s"
}

built() { echo "$root/$1/bin/Release/net10.0/$2.dll"; } # PROJECT ASSEMBLY

build() { # PROJECT…
  local project
  for project in "$@"; do
    dotnet build "$root/$project" -c Release --nologo -v quiet >"$work/build.out" 2>&1 || { cat "$work/build.out" >&2; fail 3 "$project does not build"; }
  done
}

must_be_built() { # DLL…
  local dll
  for dll in "$@"; do [[ -e $dll ]] || fail 2 "$dll is not there; run without --no-build"; done
}

# ---- the origin: fixed answers of 300 B, and of 1 KB under /api/hot/ -----------------------------------------------------------------

PATH=$PATH:/usr/sbin
choose_origin() { # KIND or nothing: sets origin_kind
  origin_kind=$1
  if [[ -z $origin_kind ]]; then
    if command -v nginx >/dev/null; then origin_kind=nginx; else
      origin_kind=kestrel
      echo "$me: nginx is not installed, so a Kestrel origin is used, which takes more of the machine; on Debian: apt-get install nginx-light" >&2
    fi
  fi
  [[ $origin_kind == nginx || $origin_kind == kestrel ]] || fail 2 "--origin is nginx or kestrel, not '$origin_kind'"
  [[ $origin_kind == kestrel ]] || command -v nginx >/dev/null || fail 2 "nginx is not installed; on Debian: apt-get install nginx-light, or take --origin kestrel"
}

start_origin() { # PORT: sets origin and origin_pid
  local origin_port=$1
  origin=http://127.0.0.1:$origin_port
  printf '{"sku":"sku-1","name":"Linen shirt","price":{"currency":"EUR","amount":"39.90"},"stock":112,"text":"%s"}' "$(printf 'x%.0s' {1..210})" >"$work/small.json"
  printf '{"sku":"sku-1","text":"%s"}' "$(printf 'x%.0s' {1..999})" >"$work/large.json"
  if [[ $origin_kind == nginx ]]; then
    cat >"$work/nginx.conf" <<NGINX
worker_processes 1;
daemon off;
master_process off;
pid $work/nginx.pid;
error_log stderr error;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  default_type application/json;
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server {
    listen 127.0.0.1:$origin_port;
    location /api/hot/ { return 200 '$(cat "$work/large.json")'; }
    location / { return 200 '$(cat "$work/small.json")'; }
  }
}
NGINX
    start origin nginx -c "$work/nginx.conf" -e stderr
  else
    start origin dotnet "$(built load-tests/SandGlass.BenchOrigin bench-origin)" --listen "$origin" --small "$work/small.json" --large "$work/large.json"
  fi
  origin_pid=$last
  wait_for origin "$origin_pid" "$origin/api/products/sku-1"
}

# ---- what processes and machine have used ---------------------------------------------------------------------------------------------

tick_us=$((1000000 / $(getconf CLK_TCK)))
cores=$(nproc)

cpu_ticks() { # PID
  local line
  read -r line <"/proc/$1/stat" || return 1
  # The name may hold blanks: what follows its closing bracket is counted.
  set -- ${line##*) }
  echo $((${12} + ${13}))
}

machine() { # busy ticks, idle ticks of the whole machine
  local _ user nice system idle iowait irq softirq steal rest
  read -r _ user nice system idle iowait irq softirq steal rest </proc/stat
  echo "$((user + nice + system + irq + softirq + steal)) $((idle + iowait))"
}
