using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>What is told of a stream that the proxy itself cannot go on with.</summary>
public static class StreamRejections
{
    public static Rejection Stopping() =>
        new(
            RejectionReason.ShuttingDown,
            "The silo that holds this stream is stopping; another one takes it over. Connect again.",
            TimeSpan.FromSeconds(1)
        );

    public static Rejection Failed() => new(RejectionReason.InternalError, "The proxy failed to read the stream; its log has the cause.");
}
