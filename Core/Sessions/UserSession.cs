using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// The account object that both engines host. State changes are short synchronous sections, never held over an await, so it is correct
/// under Orleans' reentrant turns and under plain threads alike. No ConfigureAwait here or below: in a grain the captured scheduler counts.
/// </summary>
public sealed class UserSession : IUserSession, IDisposable
{
    /// <summary>Sessions of one account: past them the oldest ends, for nobody may hold most of so many.</summary>
    private const int MaxSessions = 100;

    private readonly string _accountId;
    private readonly UserSessionFactory _shared;
    private readonly SessionJournal _journal;
    private readonly TokenRefresh _refresh;
    private readonly GrantRevocation _revocation;
    private readonly AccessTokenCache _tokens;
    private readonly KeyedWrites _keyed;
    private readonly AccountWindows _windows;
    private readonly AccountQueue _queue;
    private readonly CancellationTokenSource _lifetime = new();
    private int _calls;

    internal UserSession(string accountId, IRecordStore<SessionRecord> store, IRecordStore<IdempotencyRecord> keyStore, UserSessionFactory shared)
    {
        (_accountId, _shared, _queue) = (accountId, shared, shared.Queue.ForAccount());
        _journal = new(accountId, store);
        _tokens = new(accountId, shared.Vault);
        _windows = new(_journal, shared);
        _refresh = new(accountId, _journal, shared.Vault, shared.TokenEndpoint, shared.Options, shared.TimeProvider, shared.Logger, _lifetime.Token);
        _revocation = new(accountId, _journal, shared.Vault, shared.TokenEndpoint, shared.Logger, _lifetime.Token);
        _keyed = new(new(
            accountId, keyStore, shared.KeyOptions, shared.Twitter.Timeout, shared.TimeProvider, shared.Logger,
            (request, guard, token) => ForwardAsync(request, shared.Catalogue.ByKey(request.EndpointKey), guard, token), _lifetime.Token));
    }

    public async Task<ForwardResponse> SendAsync(ForwardRequest request, CancellationToken cancellationToken)
    {
        // Steps 1 to 3 of a call are the front end's (docs/architecture.md): session token, client, and the hand-over to this object.
        Interlocked.Increment(ref _calls);
        try
        {
            var endpoint = _shared.Catalogue.ByKey(request.EndpointKey);
            // 4. Is the session live, and do its scopes suffice?
            await LoadAsync(cancellationToken);
            var (session, refusal) = Admission.Of(_journal.Current, request, endpoint);
            if (session is null) return ForwardResponse.Rejected(refusal!);
            // 5 to 10; a write with a key once, however often it comes.
            return request.IdempotencyKey is null || endpoint.IsSafe
                ? await ForwardAsync(request, endpoint, guard: null, cancellationToken)
                : await _keyed.SendAsync(request, endpoint, session.ClientId, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return ForwardResponse.Rejected(TokenRefresh.Storage());
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return ForwardResponse.Rejected(TokenRefresh.UnreadableTokens());
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    public async Task<Rejection?> OpenAsync(NewSession session, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            var now = _shared.TimeProvider.GetUtcNow();
            await _journal.UpdateAsync(record => Opened(record, session, now), cancellationToken);
            _windows.CountSignIn();
            return null;
        }
        catch (StoreUnavailableException)
        {
            return TokenRefresh.Storage();
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    public Task<Answer<SessionSnapshot>> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(sessionId, (record, live) => Task.FromResult<Answer<SessionSnapshot>>(Snapshot(record, live)), cancellationToken);

    public Task<Answer<SessionSnapshot>> RefreshAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync<SessionSnapshot>(
            sessionId,
            async (record, _) =>
            {
                if (TokenRefresh.Verdict(record) is { } dead) return dead;
                if (record.Grant!.RefreshToken is null) return NoRefreshToken();
                if (await _refresh.JoinAsync(record.Grant.Version, cancellationToken) is { } rejection) return rejection;
                return _journal.Current is { } now && now.FindSession(sessionId) is { } live ? Snapshot(now, live) : Ended();
            },
            cancellationToken);

    public Task<Answer<SignOutResult>> SignOutAsync(string sessionId, bool everySession, CancellationToken cancellationToken) =>
        WithSessionAsync<SignOutResult>(
            sessionId,
            async (_, _) =>
            {
                var left = await _journal.UpdateAsync(record => GrantRevocation.End(record, sessionId, everySession), cancellationToken);
                if (left is { Sessions.Count: > 0 }) return new SignOutResult(left.Sessions.Count, RevokedAtX: false);
                // Not under the caller's token: the sessions have ended, and that must be told to X whoever still listens.
                var revoked = await _revocation.RevokeAsync();
                return new SignOutResult(0, revoked);
            },
            cancellationToken);

    public Task<Answer<LimitsSnapshot>> GetLimitsAsync(string sessionId, CancellationToken cancellationToken) =>
        WithSessionAsync(
            sessionId,
            (_, _) => Task.FromResult<Answer<LimitsSnapshot>>(Limits(sessionId, _shared.TimeProvider.GetUtcNow())),
            cancellationToken);

    public Task<Answer<DryRun>> DryRunAsync(ForwardRequest request, CancellationToken cancellationToken) =>
        WithSessionAsync(
            request.SessionId,
            (record, _) => Task.FromResult<Answer<DryRun>>(Foresight.Of(request, record, _shared, _windows.Table, _queue)),
            cancellationToken);

    /// <summary>Whether X has yet to confirm a revocation: the host wakes such an account up until it has none.</summary>
    public bool HasRevocations => _journal.Current is { Revocations.Count: > 0 };

    /// <summary>Whether something is under way, or X has yet to confirm a revocation: such an account may not leave memory.</summary>
    public bool IsBusy => Volatile.Read(ref _calls) > 0 || _keyed.IsBusy || !_refresh.Flight.IsCompleted || HasRevocations;

    /// <summary>What the host's timer calls: refreshes a token that is due, repeats revocations X has not confirmed, saves windows that matter. Never throws.</summary>
    public async Task CareAsync()
    {
        try
        {
            await LoadAsync(_lifetime.Token);
            if (_journal.Current is not { } record) return;
            if (record.Revocations.Count > 0) await _revocation.RevokeAsync();
            if (RefreshIsDue(record)) _ = _refresh.JoinAsync(record.Grant!.Version, CancellationToken.None); // patient by design: not waited for
            await _windows.SaveIfWornAsync(_lifetime.Token);
        }
        catch (StoreUnavailableException)
        {
            // The next round tries again; whoever calls meanwhile is told.
        }
        catch (OperationCanceledException)
        {
            // Leaving memory.
        }
    }

    /// <summary>Before the account leaves memory: lets keyed writes and the refresh under way finish and saves the windows. Never throws.</summary>
    public async Task FlushAsync()
    {
        _queue.Close(); // what it waits for next may wait in line
        await _keyed.WhenIdleAsync();
        await _refresh.Flight;
        try
        {
            await _windows.SaveAsync(_lifetime.Token);
        }
        catch (StoreUnavailableException)
        {
            // Windows are learned anew from X's headers.
        }
        catch (OperationCanceledException)
        {
            // Disposed meanwhile.
        }
    }

    /// <summary>Ends what still runs; <see cref="FlushAsync"/> first lets it finish.</summary>
    public void Dispose()
    {
        _queue.Close();
        _lifetime.Cancel();
        _lifetime.Dispose();
        _journal.Dispose();
    }

    /// <summary>Step 7 of a call: a token that is fresh enough, or the outcome of the one refresh under way.</summary>
    internal async ValueTask<(LiveToken Token, Rejection? Rejection)> TokenAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var record = _journal.Current;
            if (TokenRefresh.Verdict(record) is { } dead) return (default, dead);
            var grant = record!.Grant!;
            var now = _shared.TimeProvider.GetUtcNow();
            if (now < grant.ExpiresAt)
            {
                // Still good: a due refresh runs beside the call, not before it.
                if (RefreshIsDue(record)) _ = _refresh.JoinAsync(grant.Version, CancellationToken.None);
                return (_tokens.Of(grant), null);
            }

            var rejection = attempt < 3
                ? await _refresh.JoinAsync(grant.Version, cancellationToken)
                : new(RejectionReason.TokenEndpointUnavailable, "X hands out access tokens that are expired already.", TimeSpan.FromSeconds(5));
            if (rejection is not null) return (default, rejection);
        }
    }

    /// <summary>X refused a token with 401: replaces it, once, unless it is so young that another would be refused too.</summary>
    /// <returns>Whether there is a newer token to try; or why the account can go on no longer.</returns>
    internal async ValueTask<(bool Replaced, Rejection? Rejection)> ReplaceAsync(LiveToken refused, CancellationToken cancellationToken)
    {
        var record = _journal.Current;
        if (TokenRefresh.Verdict(record) is { } dead) return (false, dead);
        var grant = record!.Grant!;
        if (grant.Version != refused.Version) return (true, null);
        var age = _shared.TimeProvider.GetUtcNow() - grant.ObtainedAt;
        // A negative age: the clock was set back, and tells nothing.
        if (grant.RefreshToken is null || (age >= TimeSpan.Zero && age < _shared.Options.MinimumRefreshInterval)) return (false, null);
        var rejection = await _refresh.JoinAsync(refused.Version, cancellationToken);
        return (rejection is null, rejection);
    }

    private bool RefreshIsDue(SessionRecord record) =>
        record.Grant is { State: GrantState.Active, RefreshToken: not null } grant
        && _shared.TimeProvider.GetUtcNow() >= grant.ExpiresAt - Margin(grant);

    // A token that lives hardly longer than the margin would else be due from the start, and refreshed without end.
    private TimeSpan Margin(GrantRecord grant) =>
        (grant.ExpiresAt - grant.ObtainedAt) / 2 is var half && half < _shared.Options.RefreshBeforeExpiration ? half : _shared.Options.RefreshBeforeExpiration;

    private Task<ForwardResponse> ForwardAsync(ForwardRequest request, Endpoint endpoint, IWriteGuard? guard, CancellationToken cancellationToken) =>
        new ForwardCall(request, endpoint, _journal.Current?.FindSession(request.SessionId)?.ClientId ?? "", _shared, _windows.Table, _queue, this, guard).RunAsync(_accountId, cancellationToken);

    private async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (_journal.Current is null) await _journal.LoadAsync(cancellationToken);
        _windows.RestoreOnce();
    }

    private async Task<Answer<T>> WithSessionAsync<T>(
        string sessionId, Func<SessionRecord, LiveSession, Task<Answer<T>>> then, CancellationToken cancellationToken)
        where T : class
    {
        Interlocked.Increment(ref _calls);
        try
        {
            await LoadAsync(cancellationToken);
            return _journal.Current is { } record && record.FindSession(sessionId) is { } live ? await then(record, live) : Ended();
        }
        catch (StoreUnavailableException)
        {
            return TokenRefresh.Storage();
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private SessionRecord Opened(SessionRecord? record, NewSession session, DateTimeOffset now)
    {
        record ??= new() { AccountId = _accountId };
        if (record.FindSession(session.SessionId) is not null) return record;
        return record with
        {
            Username = session.Username,
            // Never a number of before: after a sign-out nothing is left to count on from, and a refresh of then may still be away.
            Grant = session.Grant with { Version = Math.Max((record.Grant?.Version ?? 0) + 1, now.ToUnixTimeMilliseconds()) },
            Intent = null, // it spoke of the pair that is replaced
            Sessions = [.. record.Sessions.TakeLast(MaxSessions - 1), new(session.SessionId, session.ClientId, session.Grant.Scopes, now)],
        };
    }

    private LimitsSnapshot Limits(string sessionId, DateTimeOffset now) => new([.. _windows.Table.Forecasts(now), .. _shared.AppLimits.Forecasts(now)], _queue.Snapshot(sessionId)) { Caps = _shared.AppLimits.Caps(now) };

    private SessionSnapshot Snapshot(SessionRecord record, LiveSession live) => new(
        new(_accountId, record.Username),
        [.. live.Scopes.Intersect(record.Grant?.Scopes ?? [])],
        live.CreatedAt,
        record.Grant?.State ?? GrantState.Rejected,
        record.Grant?.ExpiresAt ?? default,
        record.Grant?.ObtainedAt ?? default,
        record.Sessions.Count);

    private static Rejection NoRefreshToken() =>
        new(RejectionReason.ScopeMissing, "There is nothing to refresh with: the scope offline.access was not granted. Sign in again asking for it.");

    private static Rejection Ended() => TokenRefresh.Verdict(null)!;
}
