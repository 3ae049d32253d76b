using System.Text.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A listener that writes down what it hears until it is stopped.</summary>
internal sealed class HeardStream : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _listening;
    private long _last;

    private HeardStream(HttpClient http, ListeningClient client)
    {
        _http = http;
        _listening = ListenAsync(client);
    }

    /// <summary>Number of the newest event.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Why it has heard wrongly: an event twice or out of order, or one missing without a gap told; empty if it has not.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Every event.</summary>
    public HashSet<long> Heard { get; } = [];

    /// <summary>Gaps that it was told of.</summary>
    public int Gaps { get; private set; }

    public static async Task<HeardStream> StartAsync(Uri frontEnd, string path)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = frontEnd,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        return new(http, await ListeningClient.ConnectAsync(http, path));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task ListenAsync(ListeningClient client)
    {
        using var _ = client;
        var isGap = true; // it may begin anywhere
        try
        {
            while (true)
            {
                var line = await client.EventAsync(_stop.Token);
                if (line.TryGetProperty("errors", out var errors))
                {
                    if (errors[0].GetProperty("title").GetString() is not "stream-gap")
                        Faults.Add($"ended: {line}");
                    (isGap, Gaps) = (true, Gaps + 1);
                    continue;
                }

                var sequence = line.GetProperty("sandbox_sequence").GetInt64();
                if (sequence <= _last)
                    Faults.Add($"{sequence} after {_last}");
                else if (sequence > _last + 1 && !isGap)
                    Faults.Add($"{sequence} after {_last}, and no gap told");
                isGap = false;
                Heard.Add(sequence);
                Volatile.Write(ref _last, sequence);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            Faults.Add($"broken: {e.Message}");
        }
    }
}
