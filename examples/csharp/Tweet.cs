// Sign in, wait, post exactly once, upload, sign out. README.md says what it needs.
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

var proxy = Environment.GetEnvironmentVariable("PROXY") ?? "http://127.0.0.1:8080";
var apiKey = Environment.GetEnvironmentVariable("API_KEY") ?? "dev-key";
var given = Environment.GetEnvironmentVariable("SESSION_TOKEN");
var picture = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
using var http = new HttpClient { BaseAddress = new(proxy), Timeout = TimeSpan.FromMinutes(6) };
var token = given ?? await SignInAsync("alice");
http.DefaultRequestHeaders.Authorization = new("Bearer", token);

// Wait: if X's limit is used up, the call is answered when it is open again, or refused if that takes more than 60 s.
await SendAsync(HttpMethod.Get, "/2/users/me", null, ("Prefer", "wait=60"));

// Exactly once: the second time the answer is repeated, and X is not called.
var key = Guid.NewGuid().ToString();
var tweet = await PostAsync();
if (await PostAsync() != tweet)
    throw new InvalidOperationException("posted twice");

// Upload: begin, send, and ask where to go on (HEAD) after an interruption. Then post it as soon as X has processed it.
var tus = ("Tus-Resumable", "1.0.0");
var metadata = $"filetype {Convert.ToBase64String(Encoding.ASCII.GetBytes("image/png"))}";
var begun = await SendAsync(HttpMethod.Post, "/v1/media", null, tus, ("Upload-Length", $"{picture.Length}"), ("Upload-Metadata", metadata));
var upload = begun.Headers.Location!.OriginalString;
var offset = int.Parse((await SendAsync(HttpMethod.Head, upload, null, tus)).Headers.GetValues("Upload-Offset").Single());
var bytes = new ByteArrayContent(picture, offset, picture.Length - offset);
bytes.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
await SendAsync(HttpMethod.Patch, upload, bytes, tus, ("Upload-Offset", $"{offset}"));
var body = new JsonObject
{
    ["text"] = $"A picture, from C#: {key}",
    ["media"] = new JsonObject { ["upload_ids"] = new JsonArray(upload.Split('/')[^1]) },
};
var withPicture = IdOf(await SendAsync(HttpMethod.Post, "/v1/tweets", Json(body), ("Prefer", "wait=120")));

foreach (var id in new[] { tweet, withPicture })
    await SendAsync(HttpMethod.Delete, $"/v1/tweets/{id}", null);
if (given is null)
    await SendAsync(HttpMethod.Delete, "/v1/session", null);
Console.WriteLine($"C#: posted {tweet} once and {withPicture} with a picture, and deleted both");

// A person would open the URL in a browser; the sandbox signs in whom the URL names.
async Task<string> SignInAsync(string user)
{
    var started = Read(await SendAsync(HttpMethod.Post, "/v1/auth/authorize", null, ("X-Api-Key", apiKey)));
    return (string)Read(await SendAsync(HttpMethod.Get, $"{started["authorization_url"]}&sandbox_user={user}", null))["session_token"]!;
}

async Task<string> PostAsync() =>
    IdOf(
        await SendAsync(
            HttpMethod.Post,
            "/v1/tweets",
            Json(new JsonObject { ["text"] = $"Once, from C#: {key}" }),
            ("Idempotency-Key", key)
        )
    );

// An answer above 399 is an exception with the body, which is problem details (RFC 9457).
async Task<HttpResponseMessage> SendAsync(HttpMethod method, string url, HttpContent? content, params (string Name, string Value)[] headers)
{
    using var request = new HttpRequestMessage(method, url) { Content = content };
    foreach (var (name, value) in headers)
        request.Headers.TryAddWithoutValidation(name, value);
    var response = await http.SendAsync(request);
    return response.IsSuccessStatusCode
        ? response
        : throw new HttpRequestException($"{method}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
}

static HttpContent Json(JsonObject body) => new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");

static JsonNode Read(HttpResponseMessage response) => JsonNode.Parse(response.Content.ReadAsStream())!;

static string IdOf(HttpResponseMessage response) => (string)Read(response)["data"]!["id"]!;
