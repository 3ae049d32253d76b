using System.Globalization;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>What a call is told that does not go, and why it did not wait any longer.</summary>
internal static class QueueRejections
{
    /// <summary>It did not want to wait.</summary>
    public static Rejection UsedUp(in QueuedCall call, in QueueDelay delay, DateTimeOffset now) =>
        Limited(Why(call, delay), delay.Until, now);

    /// <summary>There is no place for it.</summary>
    public static Rejection Full(in QueuedCall call, in QueueDelay delay, DateTimeOffset now, string why) =>
        Limited($"{Why(call, delay)} It could not wait: {why}.", delay.Until, now);

    /// <summary>It would not have gone before it gave up.</summary>
    public static Rejection TooLong(in QueuedCall call, in QueueDelay delay, WaiterPlace place, DateTimeOffset now) =>
        Limited(
            $"{Why(call, delay)} It would be number {place.Place} in the line and go in about {Seconds(place.ExpectedAt - now)} s, which is longer than it may wait.",
            place.ExpectedAt,
            now
        );

    /// <summary>It has waited, and not gone.</summary>
    public static Rejection Expired(in QueuedCall call, WaiterPlace place, TimeSpan waited, DateTimeOffset now) =>
        Limited(
            $"{call.EndpointKey} had no room for it within {Seconds(waited)} s; it was number {place.Place} in the line.",
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
            { BehindOthers: true } => $"Calls that came before this one wait for X's limit for {call.EndpointKey}.",
            { Kept: true } =>
                $"What is left of X's limit for {call.EndpointKey} is kept for interactive calls, and this one is background.",
            { ByApp: true } => $"X's daily limit for {call.EndpointKey} is used up for all accounts together.",
            _ => $"X's limit for {call.EndpointKey} is used up for this account.",
        };

    private static Rejection Limited(string detail, DateTimeOffset until, DateTimeOffset now) =>
        new(RejectionReason.RateLimited, detail, until - now);

    private static string Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
