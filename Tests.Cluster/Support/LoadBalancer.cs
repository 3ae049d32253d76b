using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// What stands before the front ends in production: it asks each every 100 ms whether it is ready, sends to those that are, in turn, and
/// tries the other where nobody listens. It repeats nothing that a front end has accepted.
/// </summary>
internal sealed class LoadBalancer : IAsyncDisposable
{
    private const string ApiKey = "dev-key";
    private const int BeginAgain = 3;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<Uri> _frontEnds;
    private readonly bool[] _ready;
    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(60),
    };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _checks;
    private int _turn;

    public LoadBalancer(IReadOnlyList<Uri> frontEnds)
    {
        _frontEnds = frontEnds;
        _ready = [.. frontEnds.Select(_ => true)];
        _checks = Task.WhenAll(frontEnds.Select((_, i) => CheckAsync(i)));
    }

    /// <summary>Begins a sign-in, which the database has to keep.</summary>
    public async Task<HttpResponseMessage> BeginSignInAsync()
    {
        using var authorize = new HttpRequestMessage(HttpMethod.Post, new Uri(_frontEnds[Next()], "/v1/auth/authorize"))
        {
            Content = JsonContent.Create(new { }),
        };
        authorize.Headers.Add("X-Api-Key", ApiKey);
        return await _http.SendAsync(authorize);
    }

    /// <summary>Signs in as a user of the sandbox. As an application would, it begins again where the proxy says that this helps.</summary>
    public async Task<Account> SignInAsync(string name)
    {
        var begun = await BeginSignInAsync();
        for (var i = 0; i < BeginAgain && begun.StatusCode is HttpStatusCode.ServiceUnavailable; i++)
        {
            await Task.Delay(begun.Headers.RetryAfter?.Delta ?? CheckInterval, TimeProvider.System);
            begun = await BeginSignInAsync();
        }

        var started = await ReadAsync(begun);
        var consent = await _http.GetAsync($"{started.GetProperty("authorization_url").GetString()}&sandbox_user={name}");
        var opened = await ReadAsync(await _http.GetAsync(consent.Headers.Location));
        return new(name, opened.GetProperty("account").GetProperty("id").GetString()!, opened.GetProperty("session_token").GetString()!);
    }

    /// <summary>Signs in as many users, a few at a time.</summary>
    public async Task<Account[]> SignInAsync(string prefix, int count)
    {
        var accounts = new Account[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            accounts[i] = await SignInAsync($"{prefix}{i}")
        );
        return accounts;
    }

    public Task<CallResult> ReadAsync(Account account, int? frontEnd = null) =>
        SendAsync(account, HttpMethod.Get, $"/2/users/{account.Id}", null, frontEnd);

    public Task<CallResult> PostAsync(Account account, string text) => SendAsync(account, HttpMethod.Post, "/v1/tweets", new { text });

    /// <param name="account">Who calls.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">Sent as JSON; null for none.</param>
    /// <param name="frontEnd">The index of the only front end to try; null for whichever is ready.</param>
    /// <param name="idempotencyKey">Null for none.</param>
    public async Task<CallResult> SendAsync(
        Account account,
        HttpMethod method,
        string path,
        object? body = null,
        int? frontEnd = null,
        string? idempotencyKey = null
    )
    {
        var started = TimeProvider.System.GetTimestamp();
        var startedAt = TimeProvider.System.GetUtcNow();
        var chosen = frontEnd ?? Next();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(method, new Uri(_frontEnds[chosen], path));
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", account.Token);
                if (idempotencyKey is not null)
                    request.Headers.Add("Idempotency-Key", idempotencyKey);
                if (body is not null)
                    request.Content = JsonContent.Create(body);
                using var response = await _http.SendAsync(request);
                var text = await response.Content.ReadAsStringAsync();
                return new(
                    account,
                    method,
                    (int)response.StatusCode,
                    ReasonOf(response, text),
                    text,
                    startedAt,
                    TimeProvider.System.GetElapsedTime(started)
                );
            }
            catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError && frontEnd is null && attempt < 4)
            {
                _ready[chosen] = false;
                chosen = (chosen + 1) % _frontEnds.Count; // nobody listens there: nothing was accepted
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                return new(account, method, 0, e.GetType().Name, e.Message, startedAt, TimeProvider.System.GetElapsedTime(started));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _checks;
        _stop.Dispose();
        _http.Dispose();
    }

    // Round robin among those that are ready; among all when none is, as load balancers do.
    private int Next()
    {
        var turn = Interlocked.Increment(ref _turn) & int.MaxValue;
        for (var i = 0; i < _frontEnds.Count; i++)
        {
            if (_ready[(turn + i) % _frontEnds.Count])
                return (turn + i) % _frontEnds.Count;
        }

        return turn % _frontEnds.Count;
    }

    private async Task CheckAsync(int index)
    {
        try
        {
            while (true)
            {
                await Task.Delay(CheckInterval, TimeProvider.System, _stop.Token);
                try
                {
                    using var response = await _http.GetAsync(new Uri(_frontEnds[index], "/healthz/ready"), _stop.Token);
                    _ready[index] = response.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    _ready[index] = false;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private static string? ReasonOf(HttpResponseMessage response, string text) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json"
        && JsonElement.Parse(text).TryGetProperty("reason", out var reason)
            ? reason.GetString()
            : null;

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }
}

/// <summary>An account of the sandbox, signed in.</summary>
internal sealed record Account(string Name, string Id, string Token);

/// <summary>How a call ended. Status 0: without an answer.</summary>
internal sealed record CallResult(
    Account Account,
    HttpMethod Method,
    int Status,
    string? Reason,
    string Body,
    DateTimeOffset StartedAt,
    TimeSpan Took
)
{
    public DateTimeOffset EndedAt => StartedAt + Took;

    public bool Succeeded => Status is >= 200 and < 300;

    public bool IsRead => Method == HttpMethod.Get;

    public override string ToString() =>
        $"{StartedAt:HH:mm:ss.fff} {Method} {Account.Name} {Status} {Reason} after {Took.TotalMilliseconds:F0} ms: {Body}";
}
