"""Sign in, wait, post exactly once, upload, sign out. README.md says what it needs."""

import base64
import json
import os
import urllib.request
import uuid

PROXY = os.environ.get("PROXY", "http://127.0.0.1:8080")
API_KEY = os.environ.get("API_KEY", "dev-key")
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def send(method, url, headers=None, body=None):
    """Sends a request; an answer above 399 is an exception, whose body is problem details (RFC 9457)."""
    if isinstance(body, dict):
        body, headers = json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    return urllib.request.urlopen(request, timeout=360)


def sign_in(user):
    """A person would open the URL in a browser; the sandbox signs in whom the URL names."""
    begun = json.load(send("POST", f"{PROXY}/v1/auth/authorize", {"X-Api-Key": API_KEY}))
    return json.load(send("GET", f"{begun['authorization_url']}&sandbox_user={user}"))["session_token"]


token = os.environ.get("SESSION_TOKEN") or sign_in("alice")


def call(method, path, headers=None, body=None):
    return send(method, PROXY + path, {"Authorization": f"Bearer {token}", **(headers or {})}, body)


# Wait: if X's limit is used up, the call is answered when it is open again, or refused if that takes more than 60 s.
call("GET", "/2/users/me", {"Prefer": "wait=60"})

# Exactly once: the second time the answer is repeated, and X is not called.
key = str(uuid.uuid4())
answers = [call("POST", "/v1/tweets", {"Idempotency-Key": key}, {"text": f"Once, from Python: {key}"}) for _ in range(2)]
assert answers[1].headers["Idempotency-Replayed"] == "true"
tweet, again = (json.load(answer)["data"]["id"] for answer in answers)
assert tweet == again

# Upload: begin, send, and ask where to go on (HEAD) after an interruption. Then post it as soon as X has processed it.
tus = {"Tus-Resumable": "1.0.0"}
metadata = "filetype " + base64.b64encode(b"image/png").decode()
upload = call("POST", "/v1/media", {**tus, "Upload-Length": str(len(PICTURE)), "Upload-Metadata": metadata}).headers["Location"]
offset = int(call("HEAD", upload, tus).headers["Upload-Offset"])
sending = {**tus, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
call("PATCH", upload, sending, PICTURE[offset:])
body = {"text": f"A picture, from Python: {key}", "media": {"upload_ids": [upload.rsplit("/", 1)[1]]}}
picture = json.load(call("POST", "/v1/tweets", {"Prefer": "wait=120"}, body))["data"]["id"]

for post in (tweet, picture):
    call("DELETE", f"/v1/tweets/{post}")
if "SESSION_TOKEN" not in os.environ:
    call("DELETE", "/v1/session")
print(f"Python: posted {tweet} once and {picture} with a picture, and deleted both")
