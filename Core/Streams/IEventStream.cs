using System.Globalization;
using Orleans;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>
/// One of X's streams: owns the one connection to X that all listeners of the cluster share, and keeps the newest events. Front ends read
/// it, each for all of its listeners. While nobody reads, it is not connected.
/// </summary>
[Alias("otp.IEventStream")]
public interface IEventStream
{
    /// <summary>Waits for events, or for a change of the connection's state. Connects if nobody has yet. Safe to repeat.</summary>
    /// <returns>What has come; or StreamInUse (the connection was opened with other parameters) or ShuttingDown.</returns>
    [Alias("Read")]
    Task<Result<StreamBatch>> ReadAsync(StreamRead read, CancellationToken cancellationToken);
}

/// <summary>A front end's question for more.</summary>
/// <param name="Query">What its listeners ask X for, as in a URL, without <c>?</c>.</param>
/// <param name="After">The last item that it has; null for the first read, which gets all that is kept.</param>
/// <param name="KnownState">The <see cref="StreamBatch.StateVersion"/> that it knows.</param>
/// <param name="Wait">How long to wait for news.</param>
[GenerateSerializer, Immutable, Alias("otp.StreamRead")]
public sealed record StreamRead(
    [property: Id(0)] string Query,
    [property: Id(1)] StreamCursor? After,
    [property: Id(2)] long KnownState,
    [property: Id(3)] TimeSpan Wait
);

/// <summary>A place in a stream. Written, it is the id of a server-sent event.</summary>
/// <param name="Epoch">The activation that numbered the item: numbers of another one do not compare.</param>
/// <param name="Sequence">The item's number, from 1; 0 is before the first.</param>
[GenerateSerializer, Immutable, Alias("otp.StreamCursor")]
public sealed record StreamCursor([property: Id(0)] string Epoch, [property: Id(1)] long Sequence)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}-{Sequence}");

    /// <returns>Null when the text is no cursor.</returns>
    public static StreamCursor? TryParse(string text) =>
        text.LastIndexOf('-') is > 0 and var dash
        && long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new(text[..dash], sequence)
            : null;
}

/// <summary>What has come of a stream.</summary>
/// <param name="Epoch">The activation that numbers the items.</param>
/// <param name="Items">Those after the cursor, in order, without a gap between them; not all of them if they are many.</param>
/// <param name="Head">Number of the newest item; 0 before the first.</param>
/// <param name="State">Whether it is connected.</param>
/// <param name="StateVersion">Changes with the state and with each new failure.</param>
/// <param name="Failure">While it has failed: X's answer to the last attempt to connect, or the proxy's rejection.</param>
/// <param name="IsFinal">Whether nothing more is tried by itself after the failure.</param>
[GenerateSerializer, Immutable, Alias("otp.StreamBatch")]
public sealed record StreamBatch(
    [property: Id(0)] string Epoch,
    [property: Id(1)] StreamItem[] Items,
    [property: Id(2)] long Head,
    [property: Id(3)] StreamState State,
    [property: Id(4)] long StateVersion,
    [property: Id(5)] ForwardResponse? Failure = null,
    [property: Id(6)] bool IsFinal = false
);

/// <summary>The states of a stream's connection. Sent as numbers: new ones go at the end.</summary>
public enum StreamState
{
    /// <summary>Not connected, and being connected.</summary>
    Connecting,

    /// <summary>X sends.</summary>
    Connected,

    /// <summary>The last attempt to connect has failed.</summary>
    Failed,
}

/// <summary>An event, or a gap between events.</summary>
/// <param name="Sequence">Its number, one more than that of the item before.</param>
/// <param name="At">When it came.</param>
/// <param name="Line">X's line, byte for byte, without its end; empty for a gap.</param>
/// <param name="Gap">What may be missing; null for an event.</param>
[GenerateSerializer, Immutable, Alias("otp.StreamItem")]
public sealed record StreamItem(
    [property: Id(0)] long Sequence,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] ReadOnlyMemory<byte> Line,
    [property: Id(3)] StreamGap? Gap = null
)
{
    /// <summary>Bytes that it takes in memory, about.</summary>
    public int Size => Line.Length + 96;
}

/// <summary>A time in which events may have been lost.</summary>
/// <param name="From">When X was heard last before it; null when that is not known.</param>
/// <param name="To">When X was connected again; null when that is not known.</param>
/// <param name="Reason">Why, as a sentence.</param>
[GenerateSerializer, Immutable, Alias("otp.StreamGap")]
public sealed record StreamGap(
    [property: Id(0)] DateTimeOffset? From,
    [property: Id(1)] DateTimeOffset? To,
    [property: Id(2)] string Reason
);
