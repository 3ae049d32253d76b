using System.Security.Cryptography;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// One account, as its grain hosts it. State changes are short synchronous sections, never held over an await, so it is correct under
/// Orleans' reentrant turns and under plain threads alike. No ConfigureAwait here or below: in a grain the captured scheduler counts.
/// </summary>
public sealed class UserSession : IUserSession, IDisposable
{
    private readonly AccountParts _parts;
    private int _calls;

    internal UserSession(AccountParts parts) => _parts = parts;

    /// <summary>Whether X has yet to confirm a revocation: the host wakes such an account up until it has none.</summary>
    public bool HasRevocations => _parts.Maintenance.HasRevocations;

    /// <summary>Whether something is in flight, or X has yet to confirm a revocation: such an account may not leave memory.</summary>
    public bool IsBusy =>
        Volatile.Read(ref _calls) > 0 || _parts.KeyedWrites.IsBusy || !_parts.Refresh.Flight.IsCompleted || HasRevocations;

    public async Task<ForwardResponse> SendAsync(ForwardRequest request, CancellationToken cancellationToken)
    {
        // Steps 1 to 3 of a call are the front end's (docs/architecture.md): session token, client, and the grain call to this object.
        var result = await GuardAsync<ForwardResponse>(
            async () =>
            {
                // 4. Is the session live, and do its scopes suffice?
                var (call, refusal) = Admission.Of(_parts.Journal.Current, request, _parts.Catalogue.ByKey(request.EndpointKey));
                if (call is null)
                    return refusal!;
                // 5 to 10; a write with a key once, however often it comes.
                return request.IdempotencyKey is null || call.Endpoint.IsSafe
                    ? await _parts.Forwarder.SendAsync(call, intent: null, cancellationToken)
                    : await _parts.KeyedWrites.SendAsync(call, cancellationToken);
            },
            cancellationToken
        );
        return result.Value ?? ForwardResponse.Rejected(result.Rejection!);
    }

    public async Task<Rejection?> OpenAsync(NewSession session, CancellationToken cancellationToken)
    {
        var opened = await GuardAsync<SessionRecord>(
            async () =>
            {
                var now = _parts.TimeProvider.GetUtcNow();
                var record = await _parts.Journal.UpdateAsync(current => current.Open(_parts.AccountId, session, now), cancellationToken);
                _parts.Windows.CountSignIn();
                return record!;
            },
            cancellationToken,
            load: false
        ); // the update loads, and a sign-in may be the account's first
        return opened.Rejection;
    }

    public Task<Result<SessionSnapshot>> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(sessionId, (record, live) => Task.FromResult<Result<SessionSnapshot>>(record.Snapshot(live)), cancellationToken);

    public Task<Result<SessionSnapshot>> RefreshAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync<SessionSnapshot>(
            sessionId,
            async (_, _) =>
            {
                if (await _parts.Tokens.RefreshAsync(cancellationToken) is { } rejection)
                    return rejection;
                // Read anew: the session may have been signed out while its account was refreshed.
                return _parts.Journal.Current is { } now && now.FindSession(sessionId) is { } live
                    ? now.Snapshot(live)
                    : SharedRejections.SessionEnded();
            },
            cancellationToken
        );

    public Task<Result<SignOutResult>> SignOutAsync(string sessionId, bool everySession, CancellationToken cancellationToken) =>
        WithSessionAsync<SignOutResult>(
            sessionId,
            async (_, _) =>
            {
                var left = await _parts.Journal.UpdateAsync(
                    record => GrantRevocation.End(record, sessionId, everySession),
                    cancellationToken
                );
                if (left is { Sessions.Count: > 0 })
                    return new SignOutResult(left.Sessions.Count, RevokedAtX: false);
                // Not under the caller's token: the sessions have ended, and X must be told whoever still listens.
                return new SignOutResult(0, await _parts.Revocation.RevokeAsync());
            },
            cancellationToken
        );

    public Task<Result<LimitsSnapshot>> GetLimitsAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(sessionId, (_, _) => Task.FromResult<Result<LimitsSnapshot>>(Limits(sessionId)), cancellationToken);

    public Task<Result<DryRun>> DryRunAsync(ForwardRequest request, CancellationToken cancellationToken) =>
        WithSessionAsync(
            request.SessionId,
            (record, _) => Task.FromResult<Result<DryRun>>(_parts.Preview.Of(request, record)),
            cancellationToken
        );

    /// <summary>
    /// What the host's timer calls: refreshes a token that is due, repeats revocations X has not confirmed, saves windows that matter.
    /// Never throws.
    /// </summary>
    public Task MaintainAsync() => _parts.Maintenance.RunAsync();

    /// <summary>
    /// Before the account leaves memory: lets keyed writes and the refresh in flight finish and saves the windows. Never throws.
    /// </summary>
    public async Task FlushAsync()
    {
        _parts.Queue.Close(); // what is waited for next may wait in the queue
        await _parts.KeyedWrites.WhenIdleAsync();
        await _parts.Refresh.Flight;
        await _parts.Maintenance.SaveWindowsAsync();
    }

    /// <summary>Ends what still runs; <see cref="FlushAsync"/> first lets it finish.</summary>
    public void Dispose() => _parts.Dispose();

    private LimitsSnapshot Limits(string sessionId)
    {
        var now = _parts.TimeProvider.GetUtcNow();
        return new([.. _parts.Windows.Table.Forecasts(now), .. _parts.AppLimits.Forecasts(now)], _parts.Queue.Snapshot(sessionId))
        {
            Caps = _parts.AppLimits.Caps(now),
        };
    }

    private Task<Result<T>> WithSessionAsync<T>(
        string sessionId,
        Func<SessionRecord, LiveSession, Task<Result<T>>> then,
        CancellationToken cancellationToken
    )
        where T : class =>
        GuardAsync(
            () =>
                _parts.Journal.Current is { } record && record.FindSession(sessionId) is { } live
                    ? then(record, live)
                    : Task.FromResult<Result<T>>(SharedRejections.SessionEnded()),
            cancellationToken
        );

    private async Task<Result<T>> GuardAsync<T>(Func<Task<Result<T>>> then, CancellationToken cancellationToken, bool load = true)
        where T : class
    {
        Interlocked.Increment(ref _calls);
        try
        {
            if (load)
            {
                await _parts.Journal.LoadAsync(cancellationToken);
                _parts.Windows.RestoreOnce();
            }

            return await then();
        }
        catch (StoreUnavailableException)
        {
            return SharedRejections.StorageUnavailable();
        }
        catch (CryptographicException)
        {
            return SharedRejections.UnreadableTokens();
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }
}
