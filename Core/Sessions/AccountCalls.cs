using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>The calls of an account to X: who may make them, and which way they go; those that wait, and writes under way.</summary>
internal sealed class AccountCalls(
    EndpointCatalogue catalogue,
    CallForwarder forwarder,
    KeyedWrites keyedWrites,
    CallPreview preview,
    AccountQueue queue,
    SessionLifetimes lifetimes,
    TimeProvider timeProvider
)
{
    /// <summary>Step 4 of a call.</summary>
    /// <param name="record">The account as saved; null when nobody has signed in to it.</param>
    /// <param name="request">The call.</param>
    /// <returns>The call, or SessionEnded or ScopeMissing.</returns>
    public Result<AdmittedCall> Admit(SessionRecord? record, ForwardRequest request)
    {
        var (live, ended) = lifetimes.Admit(record, request.SessionId);
        if (live is null)
            return ended!;
        var (call, refusal) = Admission.Of(record!, live, request, catalogue.ByKey(request.EndpointKey));
        return call is null ? refusal! : call with { SessionEndsAt = lifetimes.EndOf(live) };
    }

    /// <summary>Steps 5 to 10; a write with a key once, however often it comes.</summary>
    /// <exception cref="StoreUnavailableException">The store of keyed writes did not answer before X was asked.</exception>
    public Task<ForwardResponse> SendAsync(AdmittedCall call, CancellationToken cancellationToken) =>
        call.Request.IdempotencyKey is null || call.Endpoint.IsSafe
            ? forwarder.SendAsync(call, intent: null, cancellationToken)
            : keyedWrites.SendAsync(call, cancellationToken);

    /// <summary>Steps 4 to 7 of a call: what would become of it; takes nothing.</summary>
    public DryRun Preview(ForwardRequest request, SessionRecord record, LiveSession live)
    {
        var endpoint = catalogue.ByKey(request.EndpointKey);
        var (call, refusal) = Admission.Of(record, live, request, endpoint);
        var hasExpired = record.Grant is { } grant && timeProvider.GetUtcNow() >= grant.ExpiresAt;
        refusal ??= GrantVerdict.Of(record)
            ?? (
                hasExpired && record.Grant!.RefreshToken is null
                    ? new(
                        RejectionReason.ReconnectNeeded,
                        "The access token has expired, and there is nothing to refresh it with. Sign in again."
                    )
                    : null
            );
        return preview.Of(call ?? new(request, endpoint, live.ClientId), refusal, hasExpired);
    }

    /// <summary>The account's calls that wait, by endpoint, as this session sees them.</summary>
    public LineSnapshot[] Lines(string sessionId) => queue.Snapshot(sessionId);

    /// <summary>Calls that wait in the queue are told that the process is stopping.</summary>
    public void CloseQueue() => queue.Close();

    /// <summary>Waits for the writes with a key that are under way. Never throws.</summary>
    public Task WhenKeyedWritesEndAsync() => keyedWrites.WhenIdleAsync();

    /// <summary>Ends the wait of calls in the queue, and waits for the writes with a key that are under way. Never throws.</summary>
    public Task FlushAsync()
    {
        CloseQueue(); // the writes may be in it
        return keyedWrites.WhenIdleAsync();
    }
}
