#!/usr/bin/env bash
# Sign in, wait, post exactly once, upload, sign out. README.md says what it needs.
set -euo pipefail
proxy=${PROXY:-http://127.0.0.1:8080} key=${API_KEY:-dev-key} token=${SESSION_TOKEN:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

value() { sed -E "s/.*\"$1\":\"([^\"]+)\".*/\1/; s/\\\\u0026/\&/g"; }
call() { curl -sS --fail-with-body -H "Authorization: Bearer $token" "$@"; }

# Sign in. A person would open the URL in a browser; the sandbox signs in whom the URL names.
if [ -z "$token" ]; then
  url=$(curl -sS --fail-with-body -X POST "$proxy/v1/auth/authorize" -H "X-Api-Key: $key" | value authorization_url)
  token=$(curl -sSL --fail-with-body "$url&sandbox_user=alice" | value session_token)
fi

# Wait: if X's limit is used up, the call is answered when it is open again, or refused if that takes more than 60 s.
call -H 'Prefer: wait=60' "$proxy/2/users/me" >/dev/null

# Exactly once: the second time the answer is repeated, and X is not called.
once=$(date +%s%N)
for _ in 1 2; do
  tweet=$(call "$proxy/v1/tweets" -H 'Content-Type: application/json' -H "Idempotency-Key: $once" -d "{\"text\":\"Once, from curl: $once\"}" | value id)
done

# Upload: begin, send, resume where it broke off if it did. Then post it as soon as X has processed it.
base64 -d >"$work/dot.png" <<<iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
upload=$(call -o /dev/null -D - -X POST "$proxy/v1/media" -H 'Tus-Resumable: 1.0.0' -H "Upload-Length: $(stat -c %s "$work/dot.png")" \
  -H "Upload-Metadata: filetype $(printf image/png | base64)" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
call -X PATCH "$proxy$upload" -H 'Tus-Resumable: 1.0.0' -H 'Upload-Offset: 0' -H 'Content-Type: application/offset+octet-stream' --data-binary @"$work/dot.png"
picture=$(call "$proxy/v1/tweets" -H 'Content-Type: application/json' -H 'Prefer: wait=120' \
  -d "{\"text\":\"A picture, from curl: $once\",\"media\":{\"upload_ids\":[\"${upload##*/}\"]}}" | value id)

for id in "$tweet" "$picture"; do call -X DELETE "$proxy/v1/tweets/$id" >/dev/null; done
if [ -z "${SESSION_TOKEN:-}" ]; then call -X DELETE "$proxy/v1/session" >/dev/null; fi
echo "curl: posted $tweet once and $picture with a picture, and deleted both"
