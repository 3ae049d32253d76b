using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Clients that post numbered texts, each under a key of its own, and send one again with the same key until it is settled: after an answer
/// that says so, after a 5xx of X's, and after none at all. For proxies in processes of their own, on real time.
/// </summary>
/// <param name="proxy">Where to send the next attempt.</param>
/// <param name="tokens">Session tokens, one an account.</param>
/// <param name="posts">How many texts.</param>
internal sealed class KeyedLoad(Func<Uri> proxy, IReadOnlyList<string> tokens, int posts) : IDisposable
{
    private const int Workers = 48;
    private const int MaxAttempts = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(40),
    };
    private readonly string _name = Guid.NewGuid().ToString("N")[..8];
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _milestones = [];
    private readonly ConcurrentDictionary<string, int> _reasons = new(StringComparer.Ordinal);
    private int _next;
    private int _done;

    /// <summary>The ids that the clients were told, by text.</summary>
    public ConcurrentDictionary<string, string> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers by kind: for the figures.</summary>
    public string Answers =>
        string.Join(", ", _reasons.OrderByDescending(reason => reason.Value).Select(reason => $"{reason.Value} {reason.Key}"));

    /// <summary>The texts that were to be posted.</summary>
    public IEnumerable<string> Texts => Enumerable.Range(1, posts).Select(TextOf);

    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(WorkAsync)));

    /// <summary>Completes when so many texts are settled.</summary>
    public Task UntilAsync(int done)
    {
        var milestone = _milestones.GetOrAdd(done, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (Volatile.Read(ref _done) >= done)
            milestone.TrySetResult();
        return milestone.Task;
    }

    public void Dispose() => _http.Dispose();

    private string TextOf(int number) => $"{_name} {number}";

    private async Task WorkAsync()
    {
        while (Interlocked.Increment(ref _next) is var number && number <= posts)
        {
            Ids[TextOf(number)] = await PostAsync(number);
            var done = Interlocked.Increment(ref _done);
            if (_milestones.TryGetValue(done, out var milestone))
                milestone.TrySetResult();
        }
    }

    private async Task<string> PostAsync(int number)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var (id, wait) = await TryPostAsync(number);
            if (id is not null)
                return id;
            await Task.Delay(wait, TimeProvider.System);
        }

        throw new InvalidOperationException($"Not settled after {MaxAttempts} attempts: {TextOf(number)}. {Answers}");
    }

    private async Task<(string? Id, TimeSpan Wait)> TryPostAsync(int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy(), "/2/tweets"))
        {
            Content = JsonContent.Create(new { text = TextOf(number) }),
        };
        request.Headers.Authorization = new("Bearer", tokens[number % tokens.Count]);
        request.Headers.Add("Idempotency-Key", $"{_name}-{number}");
        try
        {
            using var response = await _http.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            Count(KindOf(response, body));
            if (response.IsSuccessStatusCode)
            {
                var post = JsonElement.Parse(body).GetProperty("data");
                Assert.Equal(TextOf(number), post.GetProperty("text").GetString());
                return (post.GetProperty("id").GetString()!, default);
            }

            Assert.True(
                (int)response.StatusCode is 409 or 429 or >= 500 && !body.Contains("\"retryable\":false", StringComparison.Ordinal),
                $"{(int)response.StatusCode}: {body}"
            );
            return (null, response.Headers.RetryAfter?.Delta ?? Pause);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            Count("without an answer");
            return (null, Pause);
        }
    }

    private void Count(string kind) => _reasons.AddOrUpdate(kind, 1, (_, count) => count + 1);

    private static string KindOf(HttpResponseMessage response, string body) =>
        response.IsReplayed() ? "replayed"
        : response.IsReconciled() ? "reconciled"
        : body.Contains("urn:orleans-twitter-proxy", StringComparison.Ordinal) ? JsonElement.Parse(body).GetProperty("reason").GetString()!
        : $"{(int)response.StatusCode} of X's";
}
