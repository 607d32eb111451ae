#!/usr/bin/env bash
# The public suite of HTTP caching against the gateway. See --help.
set -euo pipefail

suite='' version=0.4.5 policy='' json='' list=no build=yes out=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here") me=cache-suite
policy=$here/cache-suite-policy.json
source "$here/lib.sh"

usage() {
  cat <<'HELP'
Usage: load-tests/cache-suite.sh [options]

Runs http-cache-tests (npm; the suite behind cache-tests.fyi) against a gateway on loopback, with load-tests/cache-suite-policy.json, and prints
how many of the required and of the optimal cases passed, and which stored answers were reused when they must not be.

Aims: required 125 or more, optimal 45 or more, wrong reuse 0.

  --version V      of the package; default 0.4.5. It is installed into a folder of its own, which is gone at the end
  --suite DIR      a copy of the suite that is there already, with node-fetch installed: nothing is asked of npm
  --policy FILE    another policy; the address of its backend "suite" is replaced
  --list           also name every case that did not pass, and why
  --json FILE      write the suite's own results there
  --no-build       take what was built before

Exit: 0 all aims met; 1 one was missed; 2 wrong usage or something is not installed; 3 a program did not start or the run was cut short.
HELP
}

options '' 'suite version policy json' 'list' "$@"
command -v node >/dev/null || fail 2 'not installed: node; on Debian: apt-get install nodejs npm'
installed curl dotnet
[[ -r $policy ]] || fail 2 "$policy cannot be read"
open_work
if [[ -z $suite ]]; then
  command -v npm >/dev/null || fail 2 'not installed: npm; on Debian: apt-get install npm, or give --suite DIR'
  mkdir "$work/npm"
  (cd "$work/npm" && npm init -y && npm install --ignore-scripts --no-audit --no-fund "http-cache-tests@$version") >"$work/npm.out" 2>&1 ||
    { tail -5 "$work/npm.out" >&2; fail 3 "npm could not install http-cache-tests@$version; give --suite DIR"; }
  suite=$work/npm/node_modules/http-cache-tests
fi
[[ -e $suite/client/runner.mjs ]] || fail 2 "$suite is no copy of the suite: client/runner.mjs is not there"
suite=$(cd "$suite" && pwd)
[[ $build == no ]] || build src/SandGlass
dll=$(built src/SandGlass sandglass)
must_be_built "$dll"

port=$((22000 + RANDOM % 400))
free_port; server=$port
start suite env -C "$suite" npm_config_protocol=http npm_config_port="$server" npm_config_pidfile="$work/suite.pid" node --no-warnings "$suite/server/server.mjs"
wait_for suite "$last" "http://127.0.0.1:$server/index.html"
sed -E "s#(\"suite\": *\{ *\"destinations\": *\{ *\"a\": *\")[^\"]*#\1http://127.0.0.1:$server#" "$policy" >"$work/policy/policy.json"
grep -q "127.0.0.1:$server" "$work/policy/policy.json" || fail 2 "$policy has no backend \"suite\" with a destination \"a\" on one line"
free_port; data=http://127.0.0.1:$port
free_port; admin=http://127.0.0.1:$port
start glass dotnet "$dll" run --policy "$work/policy/policy.json" --listen "$data" --admin "$admin" --state "$work/state" --drain 0s
wait_for glass "$last" "$admin/readyz"
code=0
node --no-warnings "$here/cache-suite.mjs" "$suite" "$data" "$json" "$list" || code=$?
((code < 2)) || fail 3 'the suite did not end'
exit "$code"
