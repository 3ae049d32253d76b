using System.Globalization;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>The rejections of calls that cannot start: the reason, and why they did not wait longer.</summary>
internal static class QueueRejections
{
    /// <summary>The call does not want to wait.</summary>
    public static Rejection UsedUp(in QueuedCall call, in QueueDelay delay, DateTimeOffset now) =>
        Limited(Why(call, delay), delay.Until, now);

    /// <summary>The queue has no place for it.</summary>
    public static Rejection Full(in QueuedCall call, in QueueDelay delay, DateTimeOffset now, string why) =>
        Limited($"{Why(call, delay)} It could not wait: {why}.", delay.Until, now);

    /// <summary>Its estimated start is later than its deadline.</summary>
    public static Rejection TooLong(in QueuedCall call, in QueueDelay delay, WaiterPlace place, DateTimeOffset now) =>
        Limited(
            $"{Why(call, delay)} It would be number {place.Place} in the line and go in about {Seconds(place.ExpectedAt - now)} s, which is longer than it may wait.",
            place.ExpectedAt,
            now
        );

    /// <summary>Its wait timed out.</summary>
    public static Rejection Expired(in QueuedCall call, WaiterPlace place, TimeSpan waited, DateTimeOffset now) =>
        Limited(
            $"The call to {call.EndpointKey} could not start within {Seconds(waited)} s; it was number {place.Place} in the line.",
            place.ExpectedAt,
            now
        );

    public static Rejection ShuttingDown() =>
        new(
            RejectionReason.ShuttingDown,
            "The proxy is stopping, and this call was waiting for X's limit. X was not called.",
            TimeSpan.FromSeconds(1)
        );

    private static string Why(in QueuedCall call, in QueueDelay delay) =>
        delay switch
        {
            { BehindOthers: true } => $"Calls that came before this one are waiting for X's limit for {call.EndpointKey}.",
            { Kept: true } when call.IsOverShare =>
                $"The client has used its share of X's limit for {call.EndpointKey}; the rest is reserved for the account's other clients.",
            { Kept: true } when !call.IsBackground => $"The rest of X's limit for {call.EndpointKey} is reserved for sign-ins.",
            { Kept: true } =>
                $"The rest of X's limit for {call.EndpointKey} is reserved for interactive calls, and this is a background call.",
            { ByApp: true } => $"X's daily limit for {call.EndpointKey} is used up for all accounts together.",
            _ when call.IsAppOnly => $"X's limit for {call.EndpointKey} is used up for the app's own calls.",
            _ => $"X's limit for {call.EndpointKey} is used up for this account.",
        };

    private static Rejection Limited(string detail, DateTimeOffset until, DateTimeOffset now) =>
        new(RejectionReason.RateLimited, detail, until - now);

    private static string Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
