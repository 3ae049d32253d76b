using System.Globalization;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>One call on its way through steps 5 to 10: what it is, the windows it draws on, and where its time went.</summary>
/// <param name="call">The call.</param>
/// <param name="windows">The account's windows on the endpoint, and the app's.</param>
/// <param name="intent">Told before the call goes to X, and when X has not acted; null without an idempotency key.</param>
internal sealed class ForwardedCall(AdmittedCall call, CallWindows windows, WriteIntent? intent)
{
    public ForwardRequest Request => call.Request;

    public Endpoint Endpoint => call.Endpoint;

    public CallWindows Windows => windows;

    public DateTimeOffset SessionEndsAt => call.SessionEndsAt;

    public WriteIntent? Intent => intent;

    public QueuedCall Queued { get; } =
        new(
            call.Endpoint.Key,
            call.ClientId,
            call.Request.SessionId,
            Math.Clamp(call.Request.Urgency, 0, QueuedCall.LeastUrgent),
            call.Request.RequestId,
            call.Request.Body.Length,
            call.IsShared
        )
        {
            IsAppOnly = call.IsAppOnly,
        };

    /// <summary>What the attempts, and the delays between them, have taken of the time that X may take.</summary>
    public TimeSpan Spent { get; set; }

    /// <summary>Its number in the queue; 0 before it waits for the first time. A call that waits again keeps it.</summary>
    public long Ticket { get; set; }

    public TimeSpan RefreshTime { get; set; }

    public TimeSpan UpstreamTime { get; set; }

    public TimeSpan QueueTime { get; set; }

    public TimeSpan CircuitTime { get; set; }

    /// <summary>Step 10: the response to the caller.</summary>
    public ForwardResponse Respond(in UpstreamResult result, DateTimeOffset now) =>
        UpstreamRejection.Of(result, Endpoint.IsSafe) is { } rejection
            ? Reject(rejection, now)
            : new()
            {
                Status = result.Status,
                Headers = result.Status == 429 ? WithRetryAfter(result.Headers, now) : result.Headers,
                Body = result.Body,
                Windows = Snapshots(now),
                Timings = Timings,
            };

    public ForwardResponse Reject(Rejection rejection, DateTimeOffset now) =>
        new()
        {
            Rejection = rejection,
            Windows = Snapshots(now),
            Timings = Timings,
        };

    // X tells the reset in its own headers, or not at all; a caller that comes before the windows open would be refused by the proxy. Of a
    // usage cap, which waiting does not cure, nothing is held.
    private HeaderField[] WithRetryAfter(HeaderField[] headers, DateTimeOffset now)
    {
        const string Name = "Retry-After";
        if (windows.BlockedAt(now) is not { } block || RetryAfter.Of(headers, now) >= block.Until - now)
            return headers;
        var seconds = Math.Max(1, (long)Math.Ceiling((block.Until - now).TotalSeconds));
        return
        [
            .. headers.Where(field => !field.Name.Equals(Name, StringComparison.OrdinalIgnoreCase)),
            new(Name, seconds.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    private WindowSnapshot[] Snapshots(DateTimeOffset now)
    {
        List<WindowSnapshot> snapshots = new(3);
        windows.Account.AddSnapshots(snapshots, now);
        windows.App.AddSnapshots(snapshots, now);
        return [.. snapshots];
    }

    private CallTimings Timings => new(RefreshTime, UpstreamTime, QueueTime, CircuitTime);
}
