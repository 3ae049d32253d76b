#!/usr/bin/env bash
# Uploads 512 MB through a proxy with curl and prints what it cost: large-upload.sh standalone | cluster.
# Checks the SHA-256 that X holds, and that no process's peak memory is more than 200 MB above idle.
# Ends with 0; or says what failed (1). Needs a build: dotnet build -c Release of Api, Silo and Sandbox.
set -euo pipefail
mode=${1:-standalone} mib=${2:-512}
root=$(cd "$(dirname "$0")/../../.." && pwd)
build=${BUILD:-Release}
work=$(mktemp -d)
chmod 755 "$work" # PostgreSQL runs as another user
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  if [ "$mode" = cluster ]; then CLUSTER_HOME="$work/cluster" CLUSTER_BUILD=$build "$root/deploy/cluster" down 2>/dev/null || true; fi
  rm -rf "$work"
}
trap stop EXIT
fail() { echo "large upload: $1" >&2; exit 1; }
dll() { echo "$root/$1/bin/$build/net10.0/OrleansTwitterProxy.$1.dll"; }
until_ready() { for _ in $(seq 300); do curl -sf -o /dev/null "$1" && return; sleep 0.2; done; fail "$1 does not answer"; }
memory() { awk -v key="$2:" '$1 == key { print int($2 / 1024) }' "/proc/$1/status"; }

names=() watched=()
if [ "$mode" = standalone ]; then
  sandbox=http://127.0.0.1:18191 proxy=http://127.0.0.1:18190
  dotnet "$(dll Sandbox)" --Url $sandbox --EnforceLimits false >"$work/sandbox.log" 2>&1 & pids+=($!)
  Twitter__ClientId=sandbox-client Twitter__ClientSecret=sandbox-secret dotnet "$(dll Api)" --urls $proxy --Proxy:DataPath "$work/data" \
    --Twitter:ApiBaseUrl $sandbox --Twitter:AuthorizeUrl $sandbox/i/oauth2/authorize >"$work/api.log" 2>&1 & pids+=($!)
  names=(proxy) watched=("${pids[1]}")
  until_ready $proxy/healthz/ready
else
  export CLUSTER_HOME=$work/cluster CLUSTER_PORT=${CLUSTER_PORT:-18200} CLUSTER_BUILD=$build Sandbox__EnforceLimits=false
  "$root/deploy/cluster" start postgres sandbox migrate silo1 api1
  sandbox=http://127.0.0.1:$((CLUSTER_PORT + 1)) proxy=http://127.0.0.1:$((CLUSTER_PORT + 11))
  names=("front end" silo) watched=("$(cat "$CLUSTER_HOME/api1.pid")" "$(cat "$CLUSTER_HOME/silo1.pid")")
fi

url=$(curl -s -X POST $proxy/v1/auth/authorize -H 'X-Api-Key: dev-key' | sed -E 's/.*"authorization_url":"([^"]+)".*/\1/; s/\\u0026/\&/g')
token=$(curl -sL "$url&sandbox_user=alice" | sed -E 's/.*"session_token":"([^"]+)".*/\1/')
auth=(-H "Authorization: Bearer $token" -H 'Tus-Resumable: 1.0.0')

send() { # FILE -> its progress when X has it
  local size path state
  size=$(stat -c %s "$1")
  path=$(curl -s -i -X POST $proxy/v1/media "${auth[@]}" -H "Upload-Length: $size" -H "Upload-Metadata: filetype $(printf video/mp4 | base64)" | tr -d '\r' | sed -n 's/^Location: //p')
  [ -n "$path" ] || fail "not begun"
  curl -s -f -X PATCH "$proxy$path" "${auth[@]}" -H 'Upload-Offset: 0' -H 'Content-Type: application/offset+octet-stream' -H 'Expect:' -T "$1" >/dev/null || fail "not taken"
  for _ in $(seq 300); do
    state=$(curl -s "$proxy$path" "${auth[@]}")
    case $state in *'"state":"succeeded"'*) echo "$state"; return ;; *'"state":"failed"'*) fail "$state" ;; esac
    sleep 0.2
  done
  fail "not finished: $state"
}

video() { { printf '\0\0\0\030ftypmp42\0\0\0\0mp42isom'; head -c $(($1 * 1048576 - 24)) /dev/urandom; } >"$2"; }
video 3 "$work/small.mp4"
video "$mib" "$work/large.mp4"
send "$work/small.mp4" >/dev/null # everything is compiled and connected
sleep 2
idle=()
for pid in "${watched[@]}"; do idle+=("$(memory "$pid" VmRSS)"); echo 5 >"/proc/$pid/clear_refs"; done

started=$(date +%s.%N)
answer=$(send "$work/large.mp4")
took=$(echo "$(date +%s.%N) - $started" | bc)
sha=$(sha256sum "$work/large.mp4" | cut -d' ' -f1)
id=$(sed -E 's/.*"media_id":"([0-9]+)".*/\1/' <<<"$answer")
curl -s "$sandbox/_sandbox/media/$id" | grep -q "\"sha256\":\"$sha\"" || fail "X holds other bytes"

printf '%s: %d MiB in %.1f s, %.0f MB/s, same SHA-256 at X\n' "$mode" "$mib" "$took" "$(echo "$mib * 1.048576 / $took" | bc -l)"
worst=0
for i in "${!watched[@]}"; do
  peak=$(memory "${watched[i]}" VmHWM)
  printf '%s: %d MB idle, %d MB at its peak, %d MB more\n' "${names[i]}" "${idle[i]}" "$peak" $((peak - idle[i]))
  if [ $((peak - idle[i])) -gt "$worst" ]; then worst=$((peak - idle[i])); fi
done
[ "$worst" -le 200 ] || fail "$worst MB above idle"
