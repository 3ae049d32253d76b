using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class FaultClassifierTests
{
    [Theory]
    [InlineData(UpstreamFault.None, 200, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 201, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 204, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 304, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 400, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 401, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 402, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 403, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 404, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 429, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 499, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 500, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.None, 502, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.None, 503, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.None, 504, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.None, 522, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.TooLarge, 200, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.TooLarge, 500, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.Connect, 0, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.Timeout, 0, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.Broken, 0, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.Cancelled, 0, CallOutcome.Unknown)]
    public void Whose_fault_it_was(UpstreamFault fault, int status, CallOutcome expected) =>
        Assert.Equal(expected, FaultClassifier.Classify(fault, status, TimeSpan.Zero, TimeSpan.MaxValue));

    [Theory]
    [InlineData(UpstreamFault.None, 200, 14.9, CallOutcome.Healthy)]
    [InlineData(UpstreamFault.None, 200, 15, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.None, 429, 15, CallOutcome.Faulted)]
    [InlineData(UpstreamFault.Cancelled, 0, 14.9, CallOutcome.Unknown)]
    [InlineData(UpstreamFault.Cancelled, 0, 15, CallOutcome.Faulted)]
    public void A_slow_call_counts_as_failed_however_it_ended(UpstreamFault fault, int status, double seconds, CallOutcome expected) =>
        Assert.Equal(expected, FaultClassifier.Classify(fault, status, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(15)));

    [Theory]
    [InlineData(UpstreamFault.Connect, false)]
    [InlineData(UpstreamFault.None, true)]
    [InlineData(UpstreamFault.Timeout, true)]
    [InlineData(UpstreamFault.Broken, true)]
    [InlineData(UpstreamFault.TooLarge, true)]
    [InlineData(UpstreamFault.Cancelled, true)]
    public void Only_a_connection_that_never_stood_proves_that_X_did_not_act(UpstreamFault fault, bool mayHaveActed) =>
        Assert.Equal(mayHaveActed, FaultClassifier.MayHaveActed(fault));

    [Theory]
    [InlineData(UpstreamFault.Connect, 0, true, true)]
    [InlineData(UpstreamFault.Timeout, 0, true, false)]
    [InlineData(UpstreamFault.Broken, 0, true, false)]
    [InlineData(UpstreamFault.None, 500, true, false)]
    [InlineData(UpstreamFault.None, 502, true, false)]
    [InlineData(UpstreamFault.None, 503, true, false)]
    [InlineData(UpstreamFault.None, 504, true, false)]
    [InlineData(UpstreamFault.None, 501, false, false)]
    [InlineData(UpstreamFault.None, 200, false, false)]
    [InlineData(UpstreamFault.None, 400, false, false)]
    [InlineData(UpstreamFault.None, 401, false, false)]
    [InlineData(UpstreamFault.None, 402, false, false)]
    [InlineData(UpstreamFault.None, 403, false, false)]
    [InlineData(UpstreamFault.None, 404, false, false)]
    [InlineData(UpstreamFault.None, 429, false, false)]
    [InlineData(UpstreamFault.TooLarge, 200, false, false)]
    [InlineData(UpstreamFault.TooLarge, 503, false, false)]
    [InlineData(UpstreamFault.Cancelled, 0, false, false)]
    public void What_may_be_sent_again(UpstreamFault fault, int status, bool read, bool write) =>
        Assert.Equal(
            (read, write),
            (FaultClassifier.MayRepeat(fault, status, isSafe: true), FaultClassifier.MayRepeat(fault, status, isSafe: false))
        );

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, UpstreamFault.Connect)]
    [InlineData(HttpRequestError.ConnectionError, UpstreamFault.Connect)]
    [InlineData(HttpRequestError.SecureConnectionError, UpstreamFault.Connect)]
    [InlineData(HttpRequestError.ProxyTunnelError, UpstreamFault.Connect)]
    [InlineData(HttpRequestError.ResponseEnded, UpstreamFault.Broken)]
    [InlineData(HttpRequestError.InvalidResponse, UpstreamFault.Broken)]
    [InlineData(HttpRequestError.HttpProtocolError, UpstreamFault.Broken)]
    [InlineData(HttpRequestError.Unknown, UpstreamFault.Broken)]
    public void A_failed_request_is_told_by_its_stage(HttpRequestError error, UpstreamFault expected) =>
        Assert.Equal(expected, TwitterClient.FaultOf(new HttpRequestException(error)));
}
