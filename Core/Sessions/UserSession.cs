using System.Security.Cryptography;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// One account, as its grain hosts it. State changes are short synchronous sections, never held over an await, so it is correct under
/// Orleans' reentrant turns and under plain threads alike. No ConfigureAwait here or below: in a grain the captured scheduler counts.
/// </summary>
public sealed class UserSession : IUserSession, IDisposable
{
    private readonly SessionJournal _journal;
    private readonly AccountSessions _sessions;
    private readonly AccountCalls _calls;
    private readonly AccountWindows _windows;
    private readonly TokenRefresh _refresh;
    private readonly AccountMaintenance _maintenance;
    private readonly CancellationTokenSource _lifetime;
    private int _underWay;

    /// <param name="journal">The account's record; disposed of with this.</param>
    /// <param name="sessions">Who has signed in.</param>
    /// <param name="calls">What they send to X.</param>
    /// <param name="windows">What X lets them send.</param>
    /// <param name="refresh">Waited for before the account leaves memory.</param>
    /// <param name="maintenance">What is due without anybody calling.</param>
    /// <param name="lifetime">Cancelled, and disposed of, when the account leaves memory.</param>
    internal UserSession(
        SessionJournal journal,
        AccountSessions sessions,
        AccountCalls calls,
        AccountWindows windows,
        TokenRefresh refresh,
        AccountMaintenance maintenance,
        CancellationTokenSource lifetime
    )
    {
        (_journal, _sessions, _calls, _windows) = (journal, sessions, calls, windows);
        (_refresh, _maintenance, _lifetime) = (refresh, maintenance, lifetime);
    }

    /// <summary>Whether X has yet to confirm a revocation: the host wakes such an account up until it has none.</summary>
    public bool HasRevocations => _maintenance.HasRevocations;

    /// <summary>Whether something is in flight, or X has yet to confirm a revocation: such an account may not leave memory.</summary>
    public bool IsBusy => Volatile.Read(ref _underWay) > 0 || _calls.HasKeyedWrites || !_refresh.Flight.IsCompleted || HasRevocations;

    public async Task<ForwardResponse> SendAsync(ForwardRequest request, CancellationToken cancellationToken)
    {
        // Steps 1 to 3 of a call are the front end's (docs/architecture.md): session token, client, and the grain call to this object.
        var result = await GuardAsync<ForwardResponse>(
            async () =>
            {
                // 4. Is the session live, and do its scopes suffice?
                var (call, refusal) = _calls.Admit(_journal.Current, request);
                if (call is null)
                    return refusal!;
                // 5 to 10; a write with a key once, however often it comes.
                return await _calls.SendAsync(call, cancellationToken);
            },
            cancellationToken
        );
        return result.Value ?? ForwardResponse.Rejected(result.Rejection!);
    }

    public async Task<Rejection?> OpenAsync(NewSession session, CancellationToken cancellationToken)
    {
        var opened = await GuardAsync<SessionRecord>(
            async () => await _sessions.OpenAsync(session, cancellationToken),
            cancellationToken,
            load: false // opening does, and a sign-in may be the account's first
        );
        return opened.Rejection;
    }

    public Task<Result<SessionSnapshot>> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(sessionId, (record, live) => Task.FromResult<Result<SessionSnapshot>>(record.Snapshot(live)), cancellationToken);

    public Task<Result<SessionSnapshot>> RefreshAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(sessionId, (_, _) => _sessions.RefreshAsync(sessionId, cancellationToken), cancellationToken);

    public Task<Result<SignOutResult>> SignOutAsync(string sessionId, bool everySession, CancellationToken cancellationToken) =>
        WithSessionAsync<SignOutResult>(
            sessionId,
            async (_, _) => await _sessions.SignOutAsync(sessionId, everySession, cancellationToken),
            cancellationToken
        );

    public Task<Result<LimitsSnapshot>> GetLimitsAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(
            sessionId,
            (_, _) => Task.FromResult<Result<LimitsSnapshot>>(_windows.Limits(_calls.Lines(sessionId))),
            cancellationToken
        );

    public Task<Result<DryRun>> DryRunAsync(ForwardRequest request, CancellationToken cancellationToken) =>
        WithSessionAsync(
            request.SessionId,
            (record, _) => Task.FromResult<Result<DryRun>>(_calls.Preview(request, record)),
            cancellationToken
        );

    public async Task<Rejection?> ReserveUploadAsync(UploadReservation reservation, CancellationToken cancellationToken) =>
        (
            await WithSessionAsync<SessionRecord>(
                reservation.SessionId,
                async (_, _) => new(null, await _sessions.ReserveUploadAsync(reservation, cancellationToken)),
                cancellationToken
            )
        ).Rejection;

    public async Task<Rejection?> ReleaseUploadAsync(string uploadId, CancellationToken cancellationToken) =>
        (
            await GuardAsync<SessionRecord>(
                async () =>
                {
                    await _sessions.ReleaseUploadAsync(uploadId, cancellationToken);
                    return default;
                },
                cancellationToken
            )
        ).Rejection;

    /// <summary>
    /// What the host's timer calls: refreshes a token that is due, repeats revocations X has not confirmed, saves windows that matter.
    /// Never throws.
    /// </summary>
    public Task MaintainAsync() => _maintenance.RunAsync();

    /// <summary>
    /// Before the account leaves memory: lets keyed writes and the refresh in flight finish and saves the windows. Never throws.
    /// </summary>
    public async Task FlushAsync()
    {
        await _calls.FlushAsync();
        await _refresh.Flight;
        await _maintenance.SaveWindowsAsync();
    }

    /// <summary>Ends what still runs; <see cref="FlushAsync"/> first lets it finish.</summary>
    public void Dispose()
    {
        _calls.CloseQueue();
        _lifetime.Cancel();
        _lifetime.Dispose();
        _journal.Dispose();
    }

    private Task<Result<T>> WithSessionAsync<T>(
        string sessionId,
        Func<SessionRecord, LiveSession, Task<Result<T>>> then,
        CancellationToken cancellationToken
    )
        where T : class =>
        GuardAsync(
            () =>
                _journal.Current is { } record && record.FindSession(sessionId) is { } live
                    ? then(record, live)
                    : Task.FromResult<Result<T>>(SharedRejections.SessionEnded()),
            cancellationToken
        );

    private async Task<Result<T>> GuardAsync<T>(Func<Task<Result<T>>> then, CancellationToken cancellationToken, bool load = true)
        where T : class
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            if (load)
            {
                await _journal.LoadAsync(cancellationToken);
                _windows.RestoreOnce();
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
            Interlocked.Decrement(ref _underWay);
        }
    }
}
