using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Steps 5 and 6 of a call without taking anything: what would stop it now.</summary>
internal sealed class CallPreview(CallForwarder forwarder, ICircuit circuit, AccountQueue queue, TimeProvider timeProvider)
{
    /// <param name="call">The call; its body does not matter.</param>
    /// <param name="refusal">Why its caller may not make it, or X is sure to refuse its token; null when nothing is known.</param>
    /// <param name="refreshesFirst">Whether it would wait for a token refresh.</param>
    public DryRun Of(AdmittedCall call, Rejection? refusal = null, bool refreshesFirst = false)
    {
        var (request, endpoint) = (call.Request, call.Endpoint);
        var windows = forwarder.WindowsOf(endpoint);
        var now = timeProvider.GetUtcNow();
        // What waiting does not cure comes first, then what is waited for longest.
        refusal ??= Capped(windows.App.CapAt(now))
            ?? Longest(
                circuit.Peek(endpoint.Family, endpoint.IsSafe) is { } refused
                    ? SharedRejections.CircuitOpen(refused.Family, refused.RetryAfter)
                    : null,
                queue.Preview(
                    new(endpoint.Key, call.ClientId, request.SessionId, request.Urgency, RequestId: null, Bytes: 0, call.IsShared)
                    {
                        IsAppOnly = call.IsAppOnly,
                    },
                    windows
                )
            );
        List<WindowSnapshot> shown = new(3);
        windows.Account.AddSnapshots(shown, now);
        windows.App.AddSnapshots(shown, now);
        return new(refusal, refreshesFirst, [.. shown]);
    }

    private static Rejection? Capped(UsageCap? cap) =>
        cap is null
            ? null
            : new(
                cap.Kind is UsageCapKind.CreditsDepleted ? RejectionReason.CreditsDepleted : RejectionReason.UsageCapped,
                cap.Description
            );

    private static Rejection? Longest(Rejection? one, Rejection? other) =>
        one is null || other?.RetryAfter > one.RetryAfter ? other ?? one : one;
}
