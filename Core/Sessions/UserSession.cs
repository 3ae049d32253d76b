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
public sealed class UserSession : IUserSession, IAccountControl, IDisposable
{
    private readonly SessionJournal _journal;
    private readonly SessionLifetimes _lifetimes;
    private readonly AccountSessions _sessions;
    private readonly AccountCalls _calls;
    private readonly AccountWindows _windows;
    private readonly TokenRefresh _refresh;
    private readonly AccountMaintenance _maintenance;
    private readonly AccountControl _control;
    private readonly CancellationTokenSource _lifetime;

    /// <param name="journal">The account's record; disposed of with this.</param>
    /// <param name="lifetimes">Which sessions live.</param>
    /// <param name="sessions">Who has signed in.</param>
    /// <param name="calls">What they send to X.</param>
    /// <param name="windows">What X lets them send.</param>
    /// <param name="refresh">Waited for before the account leaves memory.</param>
    /// <param name="maintenance">What is due without anybody calling.</param>
    /// <param name="control">What operators do.</param>
    /// <param name="lifetime">Cancelled, and disposed of, when the account leaves memory.</param>
    internal UserSession(
        SessionJournal journal,
        SessionLifetimes lifetimes,
        AccountSessions sessions,
        AccountCalls calls,
        AccountWindows windows,
        TokenRefresh refresh,
        AccountMaintenance maintenance,
        AccountControl control,
        CancellationTokenSource lifetime
    )
    {
        (_journal, _lifetimes, _sessions, _calls, _windows) = (journal, lifetimes, sessions, calls, windows);
        (_refresh, _maintenance, _control, _lifetime) = (refresh, maintenance, control, lifetime);
    }

    /// <summary>
    /// Whether X has yet to confirm a revocation, or an erasure was cut off: the host wakes such an account up until neither is so.
    /// </summary>
    public bool IsUnfinished => _maintenance.IsUnfinished;

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
        var opened = await GuardAsync<NewSession>(
            async () => await _sessions.OpenAsync(session, cancellationToken) is { } rejection ? rejection : session,
            cancellationToken,
            load: false // opening does, and a sign-in may be the account's first
        );
        return opened.Rejection;
    }

    public Task<Result<SessionSnapshot>> HandOverAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(sessionId, (_, _) => _sessions.HandOverAsync(sessionId, cancellationToken), cancellationToken);

    public Task<Result<SessionSnapshot>> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(sessionId, (record, _) => Task.FromResult(_sessions.Snapshot(record, sessionId)), cancellationToken);

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
            (record, live) => Task.FromResult<Result<DryRun>>(_calls.Preview(request, record, live)),
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

    /// <summary>What the host's timer calls. Never throws.</summary>
    public Task<Rejection?> MaintainAsync(CancellationToken cancellationToken = default) => _maintenance.RunAsync();

    public Task<Result<AccountSessionList>> ListSessionsAsync(CancellationToken cancellationToken) =>
        GuardAsync(() => Task.FromResult<Result<AccountSessionList>>(_control.List()), cancellationToken);

    public Task<Result<EndedSessions>> EndSessionsAsync(string? session, CancellationToken cancellationToken) =>
        GuardAsync<EndedSessions>(async () => await _control.EndAsync(session, cancellationToken), cancellationToken);

    public Task<Result<ErasedAccount>> EraseAsync(CancellationToken cancellationToken) =>
        GuardAsync(() => _control.EraseAsync(cancellationToken), cancellationToken);

    /// <summary>
    /// Before the account leaves memory: lets keyed writes and the refresh in flight finish and saves windows and uses. Never throws.
    /// </summary>
    /// <param name="stopping">Whether the process stops.</param>
    public async Task FlushAsync(bool stopping = false)
    {
        await _calls.FlushAsync();
        await _refresh.Flight;
        await _maintenance.LeaveAsync(stopping);
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
            {
                var record = _journal.Current;
                var (live, ended) = _lifetimes.Admit(record, sessionId);
                return live is null ? Task.FromResult<Result<T>>(ended!) : then(record!, live);
            },
            cancellationToken
        );

    private async Task<Result<T>> GuardAsync<T>(Func<Task<Result<T>>> then, CancellationToken cancellationToken, bool load = true)
        where T : class
    {
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
    }
}
