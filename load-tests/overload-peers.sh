# What overload.sh starts: shops, gateways, peers; and ends again. Sourced after lib.sh and the options.
# Sets shop, control, ill, capacity, patience, targets, admins, and the processes: shop_pids, gateway_pids.

port=$((21400 + RANDOM % 400))
joined() { local IFS=,; echo "$*"; }
quoted() { local each list=(); for each in "$@"; do list+=("\"$each\""); done; joined "${list[@]}"; }

start_shop() { # NAME WORKERS SERVICE_MS: sets shop, control; adds to shop_pids
  free_port; shop=http://127.0.0.1:$port
  free_port; control=http://127.0.0.1:$port
  start "$1" dotnet "$shop_dll" --listen "$shop" --control "$control" --workers "$2" --service-ms "$3" --seed "$((seed + round))" --tell "$tell"
  shop_pids+=("$last")
  wait_for "$1" "$last" "$shop/healthz"
}

open_shop() { # WORKERS SERVICE_MS
  shop_pids=() gateway_pids=() targets=() admins=() ill=http://127.0.0.1:9
  now_workers=$1 now_ms=$2 capacity=$(($1 * 1000 / $2))
  # Clients wait a second, or where the work is long, eight times as long as it takes.
  patience=$(($2 * 8 > 1000 ? $2 * 8 : 1000))
  start_shop shop "$1" "$2"
}

start_gateways() { # HOW MANY
  local i together=() compiled=()
  # Each method compiled once and wholly: else many gateways on few cores go on compiling amid the surge (two thirds of the CPU of 16, after 30 s).
  ((practice == 0)) || compiled=(env DOTNET_TieredCompilation=0)
  if (($1 > 1)) && [[ $redis == yes ]]; then
    [[ -n ${redis_pid:-} ]] || { free_port; redis_port=$port; start_redis; }
    # Those of the run before this are gone.
    redis-cli -p "$redis_port" flushall >/dev/null
    together=(--redis "127.0.0.1:$redis_port")
  fi
  sed -e "s|\"SHOP\"|\"$shop\"|; s|\"ILL\"|\"$ill\"|; s|\"TOLD\"|$( [[ $tell == no ]] || echo '"queueHeader": "Server-Timing"')|; s|\"WAIT\"|\"${max_wait}ms\"|; s|\"TIMEOUT\"|\"$((patience * 4 / 5))ms\"|" "$here/overload-policy.json" >"$work/policy/policy.json"
  for ((i = 0; i < $1; i++)); do
    free_port; targets+=("http://127.0.0.1:$port")
    free_port; admins+=("http://127.0.0.1:$port")
    start "glass-$i" ${compiled[@]+"${compiled[@]}"} dotnet "$glass_dll" run --policy "$work/policy/policy.json" --listen "${targets[i]}" --admin "${admins[i]}" --state "$work/state-$port" --drain 0s "${together[@]}"
    gateway_pids+=("$last")
  done
  for ((i = 0; i < $1; i++)); do wait_for "glass-$i" "${gateway_pids[i]}" "${admins[i]}/readyz"; done
}

start_peer() { # NAME
  free_port
  local listen=127.0.0.1:$port most=$now_workers
  case $1 in
    haproxy*)
      [[ $1 == haproxy ]] || most=$((now_workers * 2))
      cat >"$work/haproxy.cfg" <<CFG
global
  maxconn $(($(ulimit -n) < 32100 ? ($(ulimit -n) - 100) / 2 : 16000))
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout queue ${max_wait}ms
  retries 0
  option abortonclose
  http-reuse always
frontend all
  bind $listen
  http-request set-priority-class int(-3) if { path_beg /transaction/ }
  http-request set-priority-class int(-2) if { path_beg /fulfillment/ }
  http-request set-priority-class int(-1) if { path_beg /marketing/ }
  default_backend shop
backend shop
  server a ${shop#http://} maxconn $most
CFG
      start "$1" haproxy -db -f "$work/haproxy.cfg" ;;
    nginx)
      cat >"$work/limit.conf" <<NGINX
worker_processes 1;
daemon off;
master_process off;
pid $work/limit.pid;
error_log stderr crit;
events { worker_connections 16000; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  limit_conn_zone \$server_name zone=shop:1m;
  upstream shop { server ${shop#http://} max_fails=0; keepalive 512; }
  server {
    listen $listen backlog=4096;
    server_name shop;
    location / { limit_conn shop $now_workers; proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
NGINX
      start "$1" nginx -c "$work/limit.conf" -e stderr ;;
    yarp)
      free_port
      start "$1" dotnet "$yarp_dll" --listen "http://$listen" --bare "http://127.0.0.1:$port" --origin "$shop" --everything yes ;;
  esac
  gateway_pids=("$last") targets=("http://$listen")
  wait_for "$1" "$last" "http://$listen/healthz"
}

close_all() {
  local pid
  for pid in "${gateway_pids[@]}" "${shop_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${gateway_pids[@]}" "${shop_pids[@]}"; do wait "$pid" 2>/dev/null || true; ended "$pid"; done
}
