using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Streams;

/// <summary>Why the proxy ends a listener's stream: its last line, in the form in which X tells of a disconnect.</summary>
/// <param name="Type">X's field <c>disconnect_type</c>; the values are the proxy's own.</param>
/// <param name="Detail">What happened and what to do, as a sentence.</param>
internal sealed record StreamEnd(string Type, string Detail)
{
    public static StreamEnd SlowListener { get; } =
        new(
            "SlowListener",
            "This listener reads more slowly than events come, and the next ones are not kept any more. Read faster, or ask for fewer fields."
        );

    public static StreamEnd Stopping { get; } = new("ProxyStopping", "This process of the proxy is stopping. Connect again.");

    public static StreamEnd NotAllowed { get; } = new("NotAllowed", "The client may not listen any more. Ask the operator.");

    /// <param name="failure">X's answer to the last attempt to connect, or the proxy's rejection.</param>
    public static StreamEnd Refused(ForwardResponse failure) =>
        new(
            "UpstreamRefused",
            failure.Rejection is { } rejection
                ? rejection.Detail
                : $"X refuses to connect again, with {failure.Status}{TwitterProblem.Of(failure.Headers, failure.Body).AsClause}"
        );
}
