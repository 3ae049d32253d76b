using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Steps 4 to 7 of a call without taking anything: what would stop it now.</summary>
internal sealed class CallPreview(
    EndpointCatalogue catalogue,
    CallForwarder forwarder,
    ICircuit circuit,
    AccountQueue queue,
    TimeProvider timeProvider
)
{
    /// <param name="request">The call; its body does not matter.</param>
    /// <param name="record">The account.</param>
    /// <param name="live">The session that asks.</param>
    public DryRun Of(ForwardRequest request, SessionRecord record, LiveSession live)
    {
        var endpoint = catalogue.ByKey(request.EndpointKey);
        var windows = forwarder.WindowsOf(endpoint);
        var now = timeProvider.GetUtcNow();
        var (call, refusal) = Admission.Of(record, live, request, endpoint);
        // What waiting does not cure comes first, then what is waited for longest.
        refusal ??= GrantVerdict.Of(record)
            ?? Expired(record.Grant, now)
            ?? Capped(windows.App.CapAt(now))
            ?? Longest(
                circuit.Peek(endpoint.Family, endpoint.IsSafe) is { } refused
                    ? SharedRejections.CircuitOpen(refused.Family, refused.RetryAfter)
                    : null,
                queue.Preview(
                    new(endpoint.Key, call!.ClientId, request.SessionId, request.Urgency, RequestId: null, Bytes: 0, call.IsShared),
                    windows
                )
            );
        List<WindowSnapshot> shown = new(3);
        windows.Account.AddSnapshots(shown, now);
        windows.App.AddSnapshots(shown, now);
        return new(refusal, record.Grant is { } grant && now >= grant.ExpiresAt, [.. shown]);
    }

    private static Rejection? Expired(GrantRecord? grant, DateTimeOffset now) =>
        grant is { RefreshToken: null } && now >= grant.ExpiresAt
            ? new(RejectionReason.ReconnectNeeded, "The access token has expired, and there is nothing to refresh it with. Sign in again.")
            : null;

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
