using System.Collections.Concurrent;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Reads and writes over many accounts at a bounded rate until stopped: three of ten calls go to the first account, three of ten calls
/// write, and every text is posted once.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(80);

    private readonly LoadBalancer _balancer;
    private readonly Account[] _accounts;
    private readonly CancellationTokenSource _stop = new();
    private readonly string _name = Guid.NewGuid().ToString("N")[..8];
    private readonly Task _workers;
    private int _count;

    /// <param name="balancer">Where the calls go.</param>
    /// <param name="accounts">The first is the busiest.</param>
    /// <param name="workers">Calls at one time.</param>
    public SteadyLoad(LoadBalancer balancer, Account[] accounts, int workers)
    {
        (_balancer, _accounts) = (balancer, accounts);
        _workers = Task.WhenAll(Enumerable.Range(0, workers).Select(seed => Task.Run(() => WorkAsync(new Random(seed)))));
    }

    /// <summary>What has ended so far.</summary>
    public ConcurrentQueue<CallResult> Results { get; } = new();

    /// <summary>The texts posted, and how each call ended.</summary>
    public ConcurrentDictionary<string, CallResult> Writes { get; } = new(StringComparer.Ordinal);

    /// <summary>Completes when so many more calls have ended.</summary>
    public Task UntilMoreAsync(int calls)
    {
        var target = Results.Count + calls;
        return Eventually.TrueAsync($"{calls} more calls ended", TimeSpan.FromSeconds(60), () => Task.FromResult(Results.Count >= target));
    }

    /// <summary>Lets the calls under way end.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _workers;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WorkAsync(Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            var account = _accounts[random.Next(10) < 3 ? 0 : random.Next(_accounts.Length)];
            if (random.Next(10) < 3)
            {
                var text = $"{_name} {Interlocked.Increment(ref _count)}";
                var result = await _balancer.PostAsync(account, text);
                Writes[text] = result;
                Results.Enqueue(result);
            }
            else
            {
                Results.Enqueue(await _balancer.ReadAsync(account));
            }

            await Task.Delay(Pause, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
