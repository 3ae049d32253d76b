#!/usr/bin/env bash
# Drives a proxy with the built-in sandbox by X SDKs as they come from the npm registry.
# Prints "npm client: ok" and ends with 0; or says what failed (1), or why it could not be run (77).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
silo=$(cd "$here/../../../Silo" && pwd)
work=$(mktemp -d)
proxy=
stop() {
  if [ -n "$proxy" ]; then kill "$proxy" 2>/dev/null; wait "$proxy" 2>/dev/null; fi
  rm -rf "$work"
}
trap stop EXIT
end() { echo "npm client: $2"; exit "$1"; }

command -v node >/dev/null && command -v npm >/dev/null || end 77 "not run, for there is no node on this machine"
cp "$here"/package.json "$here"/*.mjs "$work"
cd "$work"
npm install --no-audit --no-fund --no-package-lock --loglevel=error >npm.log 2>&1 ||
  end 77 "not run, for its packages could not be installed: $(grep -m 1 -o 'code E[A-Z0-9]*' npm.log || echo 'see npm install')"

dotnet build "$silo" -v q -nologo >build.log 2>&1 || { cat build.log; end 1 "the proxy does not build"; }
env -u ASPNETCORE_URLS dotnet "$silo"/bin/Debug/net10.0/OrleansTwitterProxy.Silo.dll \
  --urls http://127.0.0.1:0 --Proxy:DataPath "$work/data" --Sandbox:Url http://127.0.0.1:0 --Sandbox:MediaProcessingDuration 00:00:01 >proxy.log 2>&1 &
proxy=$!
url=
for _ in $(seq 300); do
  url=$(sed -nE 's/.*is ready: open (http:[^ ]+).*/\1/p' proxy.log)
  [ -n "$url" ] && break
  kill -0 "$proxy" 2>/dev/null || break
  sleep 0.2
done
[ -n "$url" ] || { cat proxy.log; end 1 "the proxy did not start"; }

sandbox=$(sed -nE 's/.*the built-in sandbox at ([^ ,]+),.*/\1/p' proxy.log)
for script in twitter-api-v2 twitter-api-sdk xdk streams tus; do
  timeout 120 node "$script.mjs" "$url" "$sandbox" || { cat proxy.log; end 1 "$script.mjs failed"; }
done
echo "npm client: ok"
