using System.Collections.Concurrent;
using System.Text.Json;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Chaos;

/// <summary>
/// Callers as they should be: they read who they are, post with a key and send again what may be sent again, and post without a key once.
/// Tokens expire all the while. <see cref="Finds"/> says what they were told that is not true.
/// </summary>
internal sealed class ChaosLoad : IAsyncDisposable
{
    private const int Workers = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan BetweenExpiries = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SettledWithin = TimeSpan.FromMinutes(3);

    // What docs/reference/errors.md lets a caller expect of a cluster in trouble. X's own 5xx have no reason.
    private static readonly HashSet<(int Status, string? Reason)> Told =
    [
        (503, "node_lost"),
        (503, "storage_unavailable"),
        (503, "circuit_open"),
        (503, "refresh_in_doubt"),
        (503, "token_endpoint_unavailable"),
        (503, "shutting_down"),
        (504, "outcome_unknown"),
        (504, "outcome_in_doubt"),
        (504, "upstream_timeout"),
        (502, "upstream_unreachable"),
        (502, "upstream_broken"),
        (409, "idempotency_in_progress"),
        (503, null),
    ];

    private readonly LoadBalancer _balancer;
    private readonly SandboxControl _x;
    private readonly Account[] _accounts;
    private readonly CancellationTokenSource _stop = new();
    private readonly string _name = Guid.NewGuid().ToString("N")[..8];
    private readonly ConcurrentDictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _finds = new();
    private readonly ConcurrentDictionary<string, byte> _written = new(StringComparer.Ordinal);
    private readonly Task _run;
    private int _calls;
    private int _texts;
    private int _signedOut;

    public ChaosLoad(LoadBalancer balancer, SandboxControl x, Account[] accounts, int seed)
    {
        (_balancer, _x, _accounts) = (balancer, x, accounts);
        _run = Task.WhenAll([
            .. Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(new Random(seed + worker)))),
            Task.Run(() => ExpireAsync(new Random(seed))),
        ]);
    }

    public int Calls => _calls;

    /// <summary>Calls told that the user must sign in again.</summary>
    public int SignedOut => _signedOut;

    /// <summary>Answers by kind, most frequent first.</summary>
    public string Answers => string.Join(", ", _answers.OrderByDescending(each => each.Value).Select(each => $"{each.Value} {each.Key}"));

    /// <summary>Lets the calls under way end, and compares what callers were told with what X has.</summary>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        await _stop.CancelAsync();
        await _run;
        var posts = (await _x.SeenAsync()).Posts;
        foreach (var text in _written.Keys.Where(text => posts.GetValueOrDefault(text) > 1))
            _finds.Enqueue($"posted twice: {text}");
        foreach (var text in _ids.Keys.Where(text => posts.GetValueOrDefault(text) == 0))
            _finds.Enqueue($"told as posted, and not at X: {text}");
        foreach (var id in _ids.GroupBy(each => each.Value).Where(same => same.Count() > 1))
            _finds.Enqueue($"one id for {string.Join(" and ", id.Select(each => each.Key))}: {id.Key}");
        return [.. _finds];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task WorkAsync(Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            var account = _accounts[random.Next(_accounts.Length)];
            await (
                random.Next(4) switch
                {
                    0 => PostWithKeyAsync(account),
                    1 => PostAsync(account),
                    _ => ReadAsync(account),
                }
            );
            await Task.Delay(Pause, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ExpireAsync(Random random)
    {
        // In turn: a token that expires again while its first 401 is cured is X's own refusal.
        Account[] turns = [.. _accounts];
        random.Shuffle(turns);
        for (var turn = 0; !_stop.IsCancellationRequested; turn++)
        {
            await _x.ExpireTokensAsync(turns[turn % turns.Length].Name);
            await Task.Delay(BetweenExpiries, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(Account account)
    {
        var result = await SendAsync(account, () => _balancer.SendAsync(account, HttpMethod.Get, "/2/users/me"));
        if (
            result.Succeeded
            && JsonElement.Parse(result.Body).GetProperty("data").GetProperty("id").GetString() is var id
            && id != account.Id
        )
            _finds.Enqueue($"{account.Name} ({account.Id}) was told of {id}");
    }

    private async Task PostAsync(Account account)
    {
        var text = NextText();
        Note(text, await SendAsync(account, () => _balancer.PostAsync(account, text)));
    }

    // As docs/concepts/exactly-once.md says: again, with the same key, until it is settled.
    private async Task PostWithKeyAsync(Account account)
    {
        var text = NextText();
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var result = await SendAsync(account, () =>
                _balancer.SendAsync(account, HttpMethod.Post, "/2/tweets", new { text }, idempotencyKey: text)
            );
            Note(text, result);
            if (result.Succeeded || result.Status is 401 or 500)
                return;
            if (result.Status is 504 && result.Reason is "outcome_unknown")
                _finds.Enqueue($"a write with a key was told outcome_unknown: {text}");
            if (TimeProvider.System.GetElapsedTime(started) > SettledWithin)
            {
                _finds.Enqueue($"not settled within {SettledWithin.TotalMinutes} min: {result}");
                return;
            }

            await Task.Delay(Pause * 5, TimeProvider.System);
        }
    }

    private string NextText()
    {
        var text = $"{_name}-{Interlocked.Increment(ref _texts)}";
        _written[text] = 0;
        return text;
    }

    private void Note(string text, CallResult result)
    {
        if (!result.Succeeded)
            return;
        var id = JsonElement.Parse(result.Body).GetProperty("data").GetProperty("id").GetString()!;
        if (_ids.GetOrAdd(text, id) != id)
            _finds.Enqueue($"two ids for {text}: {_ids[text]} and {id}");
    }

    private async Task<CallResult> SendAsync(Account account, Func<Task<CallResult>> send)
    {
        var result = await send();
        Interlocked.Increment(ref _calls);
        var kind = result.Succeeded ? "succeeded" : $"{result.Status} {result.Reason}";
        _answers.AddOrUpdate(kind, 1, (_, count) => count + 1);
        if (result is { Status: 401, Reason: "reconnect_needed" })
            Interlocked.Increment(ref _signedOut);
        else if (!result.Succeeded && result.Status != 0 && !Told.Contains((result.Status, result.Reason)))
            _finds.Enqueue($"{account.Name}: {result}");
        return result;
    }
}
