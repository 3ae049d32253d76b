namespace OrleansTwitterProxy.Api.Ops;

/// <summary>What one minute's calls came to. Not thread-safe: <see cref="CallHistory"/> locks.</summary>
/// <param name="number">Minutes since 1970.</param>
internal sealed class CallMinute(long number)
{
    /// <summary>From 1 ms to over an hour, three buckets for each doubling: a quantile is at most 26 % too high.</summary>
    private const int PerDoubling = 3;

    private readonly int[] _durations = new int[22 * PerDoubling];
    private int _calls;
    private int _errors;
    private int _refused;

    public long Number { get; } = number;

    /// <summary>By client: as many as are configured.</summary>
    public Dictionary<string, (long Calls, long Refused)> Clients { get; } = new(StringComparer.Ordinal);

    /// <param name="outcome">As in the metric otp.call.duration.</param>
    /// <param name="took">As callers see it.</param>
    public void Add(string outcome, TimeSpan took)
    {
        _calls++;
        if (outcome is "server_error" or "failed")
            _errors++;
        if (IsRefused(outcome))
            _refused++;
        var bucket = (int)Math.Ceiling(Math.Log2(Math.Max(1, took.TotalMilliseconds)) * PerDoubling);
        _durations[Math.Min(bucket, _durations.Length - 1)]++;
    }

    public void AddOf(string client, string outcome, long count)
    {
        var (calls, refused) = Clients.GetValueOrDefault(client);
        Clients[client] = (calls + count, refused + (IsRefused(outcome) ? count : 0));
    }

    public CallsOfMinute Summary(DateTimeOffset at) => new(at, _calls, _errors, _refused, Quantile(0.5), Quantile(0.95));

    // X's 429 counts too: for a caller it is the same.
    private static bool IsRefused(string outcome) => outcome is "refused" or "rate_limited";

    private int? Quantile(double share)
    {
        if (_calls == 0)
            return null;
        var left = (int)Math.Ceiling(_calls * share);
        for (var bucket = 0; bucket < _durations.Length; bucket++)
        {
            left -= _durations[bucket];
            if (left <= 0)
                return (int)Math.Round(Math.Pow(2, (double)bucket / PerDoubling));
        }

        return null;
    }
}

/// <summary>The forwarded calls of one minute at this front end.</summary>
/// <param name="At">When the minute began.</param>
/// <param name="Calls">Calls that ended.</param>
/// <param name="Errors">X's 5xx, and calls that got no answer of X.</param>
/// <param name="Refused">Calls that the proxy refused, and X's 429.</param>
/// <param name="P50">Median duration in milliseconds, rounded up by at most 26 %; null without calls.</param>
/// <param name="P95">As <paramref name="P50"/>, of which 5 % took longer.</param>
public sealed record CallsOfMinute(DateTimeOffset At, int Calls, int Errors, int Refused, int? P50, int? P95);
