using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace OrleansTwitterProxy.Smoke;

/// <summary>One run: the steps in order, until one fails. Then it still tries to delete what it posted and to end its session.</summary>
internal sealed class SmokeRun(SmokeOptions options, Report report, TimeProvider timeProvider) : IDisposable
{
    private const int ChunkBytes = 1 << 20;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly ProxyCalls _proxy = new(options.BaseUrl, options.ApiKey);
    private readonly List<string> _posts = [];
    private readonly string _text = $"Smoke test {Guid.NewGuid():N}";
    private bool _signedIn;

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        (Step Step, Func<CancellationToken, Task<string>> Action)[] steps =
        [
            (Step.Reach, ReachAsync),
            (Step.SignIn, options.SessionToken is { } token ? cancel => CheckAsync(token, cancel) : SignInAsync),
            (Step.Post, PostAsync),
            (Step.Timeline, FindAsync),
            (Step.Media, UploadAsync),
            (Step.Delete, DeleteAsync),
            (Step.SignOut, SignOutAsync),
        ];
        foreach (var (step, action) in steps)
        {
            if (step is Step.SignOut && !_signedIn)
                await report.SkippedAsync(step, "the session was given, and lives on");
            else if (!await PassesAsync(step, action, cancellationToken))
            {
                await CleanUpAsync(step, cancellationToken);
                return (int)step;
            }
        }

        return 0;
    }

    public void Dispose() => _proxy.Dispose();

    private async Task<bool> PassesAsync(Step step, Func<CancellationToken, Task<string>> action, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var started = timeProvider.GetTimestamp();
        string failure;
        try
        {
            var detail = await action(either.Token);
            await report.PassedAsync(step, timeProvider.GetElapsedTime(started), _proxy.Redact(detail));
            return true;
        }
        catch (StepFailedException e)
        {
            failure = e.Message;
        }
        catch (HttpRequestException e)
        {
            failure = $"no answer: {e.Message}";
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            failure = $"not done after {options.Timeout.TotalSeconds:F0} s";
        }

        await report.FailedAsync(step, timeProvider.GetElapsedTime(started), failure);
        return false;
    }

    private async Task<string> ReachAsync(CancellationToken cancellationToken)
    {
        await _proxy.SendAsync(HttpMethod.Get, "/healthz/ready", HttpStatusCode.OK, cancellationToken);
        return $"{options.BaseUrl} is ready";
    }

    private async Task<string> CheckAsync(string token, CancellationToken cancellationToken)
    {
        _proxy.Authorize(token);
        await _proxy.SendAsync(HttpMethod.Get, "/v1/session", HttpStatusCode.OK, cancellationToken);
        return "skipped, the session was given; it is live";
    }

    // As a browser, but for the consent page, which the sandbox skips for a user that the URL names.
    private async Task<string> SignInAsync(CancellationToken cancellationToken)
    {
        var begun = await _proxy.SendAsync(
            HttpMethod.Post,
            "/v1/auth/authorize",
            HttpStatusCode.Created,
            cancellationToken,
            content: null,
            ("X-Api-Key", options.ApiKey)
        );
        var consent = $"{begun.Text("authorization_url")}&sandbox_user={Uri.EscapeDataString(options.User)}";
        Answer visited;
        try
        {
            visited = await _proxy.SendAsync(HttpMethod.Get, consent, HttpStatusCode.Found, cancellationToken);
        }
        catch (StepFailedException e)
        {
            throw new StepFailedException($"{e.Message} Only the sandbox signs in without a person: for the real X give a session token.");
        }

        // The callback's own address may be another name of the proxy than the one under test.
        var callback = new Uri(new Uri(consent), visited.Header("Location")).PathAndQuery;
        var opened = await _proxy.SendAsync(HttpMethod.Get, callback, HttpStatusCode.OK, cancellationToken);
        _proxy.Authorize(opened.Text("session_token"));
        _signedIn = true;
        return $"account {opened.Text("account", "id")}";
    }

    private async Task<string> PostAsync(CancellationToken cancellationToken)
    {
        var key = ("Idempotency-Key", $"smoke-{Guid.NewGuid():N}");
        var first = await TweetAsync(new { text = _text }, key, cancellationToken);
        var second = await TweetAsync(new { text = _text }, key, cancellationToken);
        if (second != first)
            throw new StepFailedException($"the same Idempotency-Key made two posts, {first} and {second}");
        return $"post {first}, and the same again for its Idempotency-Key";
    }

    private async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var timeline = await _proxy.SendAsync(HttpMethod.Get, "/v1/timelines/user", HttpStatusCode.OK, cancellationToken);
            if (timeline.Find("data") is { ValueKind: JsonValueKind.Array } posts && posts.EnumerateArray().Any(IsOurs))
                return $"post {_posts[0]} is in the timeline";
            await Task.Delay(BetweenLooks, timeProvider, cancellationToken);
        }

        bool IsOurs(JsonElement post) => post.TryGetProperty("id", out var id) && id.GetString() == _posts[0];
    }

    private async Task<string> UploadAsync(CancellationToken cancellationToken)
    {
        var picture = TestImage.Create();
        var begun = await _proxy.SendAsync(
            HttpMethod.Post,
            "/v1/media",
            HttpStatusCode.Created,
            cancellationToken,
            content: null,
            ("Tus-Resumable", "1.0.0"),
            ("Upload-Length", $"{picture.Length}"),
            ("Upload-Metadata", $"filetype {Convert.ToBase64String(Encoding.ASCII.GetBytes("image/png"))}")
        );
        var path = begun.Header("Location") ?? throw new StepFailedException("the upload has no Location");
        for (var offset = 0; offset < picture.Length; offset += ChunkBytes)
        {
            using var chunk = new ByteArrayContent(picture, offset, Math.Min(ChunkBytes, picture.Length - offset));
            chunk.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
            await _proxy.SendAsync(
                HttpMethod.Patch,
                path,
                HttpStatusCode.NoContent,
                cancellationToken,
                chunk,
                ("Tus-Resumable", "1.0.0"),
                ("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture))
            );
        }

        string[] uploads = [path[(path.LastIndexOf('/') + 1)..]];
        var wait = ("Prefer", FormattableString.Invariant($"wait={options.Timeout.TotalSeconds:F0}"));
        var post = await TweetAsync(
            new { text = $"{_text} with a picture", media = new { upload_ids = uploads } },
            wait,
            cancellationToken
        );
        return $"{picture.Length} bytes in chunks of {ChunkBytes}, and post {post} with them";
    }

    private async Task<string> DeleteAsync(CancellationToken cancellationToken)
    {
        var count = _posts.Count;
        while (_posts is [var post, ..])
        {
            await _proxy.SendAsync(HttpMethod.Delete, $"/v1/tweets/{post}", HttpStatusCode.OK, cancellationToken);
            _posts.RemoveAt(0);
        }

        return $"{count} posts";
    }

    // 202 would mean that X has not confirmed yet.
    private async Task<string> SignOutAsync(CancellationToken cancellationToken)
    {
        await _proxy.SendAsync(HttpMethod.Delete, "/v1/session", HttpStatusCode.OK, cancellationToken);
        _signedIn = false;
        await _proxy.SendAsync(HttpMethod.Get, "/v1/session", HttpStatusCode.Unauthorized, cancellationToken);
        return "the session's token opens nothing any more";
    }

    private async Task<string> TweetAsync(object body, (string Name, string Value) header, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(body);
        var answer = await _proxy.SendAsync(HttpMethod.Post, "/v1/tweets", HttpStatusCode.Created, cancellationToken, content, header);
        var id = answer.Text("data", "id");
        if (!_posts.Contains(id))
            _posts.Add(id);
        return id;
    }

    private async Task CleanUpAsync(Step failed, CancellationToken cancellationToken)
    {
        List<string> left = [];
        if (_posts.Count > 0 && (failed is Step.Delete || !await SucceedsAsync(DeleteAsync)))
            left.Add($"posts {string.Join(", ", _posts)}");
        if (_signedIn && (failed is Step.SignOut || !await SucceedsAsync(SignOutAsync)))
            left.Add("the session");
        if (left.Count > 0)
            await report.LeftAsync($"left behind: {string.Join(" and ", left)}");

        async Task<bool> SucceedsAsync(Func<CancellationToken, Task<string>> action)
        {
            using var timeout = new CancellationTokenSource(options.Timeout, timeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                await action(either.Token);
                return true;
            }
            catch (Exception e) when (e is StepFailedException or HttpRequestException or OperationCanceledException)
            {
                return false;
            }
        }
    }
}
