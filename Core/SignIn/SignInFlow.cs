using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>
/// One sign-in, hosted by its grain. Every stage is saved before the step that it announces, so the record shows where a crash happened.
/// </summary>
public sealed class SignInFlow : ISignIn
{
    private readonly string _state;
    private readonly SessionLocator _sessions;
    private readonly IRecordStore<SignInRecord> _store;
    private readonly SignInFactory _shared;
    private readonly DoubledVisits _visits;

    internal SignInFlow(string state, SessionLocator sessions, IRecordStore<SignInRecord> store, SignInFactory shared)
    {
        (_state, _sessions, _store, _shared) = (state, sessions, store, shared);
        _visits = new(shared.TimeProvider);
    }

    public async Task<Result<SignInStarted>> BeginAsync(SignInRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await BeginOnceAsync(request, cancellationToken);
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

    private async Task<Result<SignInStarted>> BeginOnceAsync(SignInRequest request, CancellationToken cancellationToken)
    {
        var verifier = Pkce.RandomValue();
        var record = new SignInRecord
        {
            Request = request,
            CodeVerifier = _shared.Protector.Protect(verifier),
            ExpiresAt = _shared.TimeProvider.GetUtcNow() + _shared.Options.PendingLifetime,
        };
        if (await _store.TrySaveAsync(_state, record, expectedVersion: null, cancellationToken) is null)
            return Used();
        return new SignInStarted(_shared.Twitter.AuthorizationUrl(request, _state, Pkce.Challenge(verifier)), record.ExpiresAt);
    }

    public Task<SignInOutcome> CompleteAsync(SignInCallback callback, CancellationToken cancellationToken) =>
        _visits.RunAsync(callback, () => CompleteOnceAsync(callback, cancellationToken));

    private async Task<SignInOutcome> CompleteOnceAsync(SignInCallback callback, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await _store.LoadAsync(_state, cancellationToken);
            if (stored is null || stored.Record.ExpiresAt <= _shared.TimeProvider.GetUtcNow())
                return Refused(null, SharedRejections.SignInUnknown());
            var record = stored.Record;
            switch (record.Stage)
            {
                case SignInStage.Pending:
                    return await CompleteAsync(record, stored.Version, callback);
                case SignInStage.Opening when WasCutOff(record, callback):
                    return await ResumeAsync(record, stored.Version);
                case SignInStage.Exchanging when WasCutOff(record, callback):
                    return Refused(record, Interrupted());
                default:
                    return Refused(record, Used());
            }
        }
        catch (StoreUnavailableException)
        {
            return Refused(null, SharedRejections.StorageUnavailable());
        }
        catch (CryptographicException)
        {
            return Refused(null, SharedRejections.UnreadableTokens());
        }
    }

    public async Task<Result<OpenedSession>> ExchangeAsync(string handoffSecret, string clientId, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await _store.LoadAsync(_state, cancellationToken);
            if (
                stored?.Record is not { Stage: SignInStage.Completed, HandoffHash: { } hash, Session: { } session } record
                || record.HandoffExpiresAt <= _shared.TimeProvider.GetUtcNow()
                || record.Request.ClientId != clientId
                || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(Hash(handoffSecret)))
            )
            {
                return SharedRejections.HandoffInvalid();
            }

            // The account first: if it cannot note this, the code can be exchanged again. If this process dies in between, too.
            var (opened, rejection) = await HandOverAsync(session);
            if (rejection is not null)
                return rejection.Reason is RejectionReason.SessionEnded ? SharedRejections.HandoffInvalid() : rejection;
            // Marked as used before the session is returned: of two concurrent exchanges only one can save.
            var spent = record with { Stage = SignInStage.HandedOver, HandoffHash = null };
            return await _store.TrySaveAsync(_state, spent, stored.Version, CancellationToken.None) is null
                ? SharedRejections.HandoffInvalid()
                : opened!;
        }
        catch (StoreUnavailableException)
        {
            return SharedRejections.StorageUnavailable();
        }
    }

    // No caller can cancel from here on: the state is used, so a cancelled sign-in could not be resumed.
    private async Task<SignInOutcome> CompleteAsync(SignInRecord record, string version, SignInCallback callback)
    {
        var denied = callback.Code is null;
        var next = record with
        {
            Stage = denied ? SignInStage.Failed : SignInStage.Exchanging,
            Owner = _shared.Owner,
            CodeHash = denied ? null : Hash(callback.Code!),
        };
        if (await _store.TrySaveAsync(_state, next, version, CancellationToken.None) is not { } spent)
            return Refused(record, Used());
        return denied ? Refused(record, Denied(callback)) : await ExchangeCodeAsync(next, spent, callback.Code!);
    }

    private async Task<SignInOutcome> ExchangeCodeAsync(SignInRecord record, string version, string code)
    {
        var verifier = _shared.Protector.Unprotect(record.CodeVerifier);
        switch (await _shared.TokenEndpoint.ExchangeAsync(code, verifier, record.Request.RedirectUri, CancellationToken.None))
        {
            case TokenResult.Refused refused:
                await _store.TrySaveAsync(_state, record with { Stage = SignInStage.Failed }, version, CancellationToken.None);
                return Refused(record, RejectionOf(refused));
            case TokenResult.Granted { Grant: var grant }:
                var (account, failure) = await _shared.Twitter.WhoAmIAsync(grant.AccessToken, CancellationToken.None);
                if (account is null)
                {
                    // A revocation may end what the user has granted before; for a passing failure that is too much.
                    if (!SignInAtTwitter.Passes(failure!))
                        await DropAsync(grant);
                    await _store.TrySaveAsync(_state, record with { Stage = SignInStage.Failed }, version, CancellationToken.None);
                    return Refused(record, failure!);
                }

                return await OpenAsync(record, version, grant, account);
            default:
                throw new InvalidOperationException("A token result is neither granted nor refused.");
        }
    }

    private async Task<SignInOutcome> OpenAsync(SignInRecord record, string version, TokenGrant grant, AccountName account)
    {
        // RFC 6749 section 5.1: an omitted scope means all requested scopes.
        var scopes = grant.Scopes is [] ? record.Request.Scopes : grant.Scopes;
        var session = new OpenedSession(
            record.Request.ClientId,
            Pkce.RandomValue(),
            account,
            scopes,
            [.. record.Request.Scopes.Except(scopes)]
        );
        var handoverBy = _shared.TimeProvider.GetUtcNow() + _shared.Options.HandoffLifetime;
        var opening = record with { Stage = SignInStage.Opening, Session = session, HandoffExpiresAt = handoverBy };
        string? saved = null;
        try
        {
            saved = await _store.TrySaveAsync(_state, opening, version, CancellationToken.None);
        }
        finally
        {
            if (saved is null)
                await DropAsync(grant);
        }

        if (saved is null)
            return Refused(record, Used());
        var sealedGrant = GrantRecords.From(grant with { Scopes = scopes }, account.Id, _shared.Vault, _shared.TimeProvider.GetUtcNow());
        var newSession = new NewSession(session.SessionId, session.ClientId, account.Username, sealedGrant) { HandoverBy = handoverBy };
        if (await _sessions(account.Id).OpenAsync(newSession, CancellationToken.None) is { } rejection)
        {
            await DropAsync(grant);
            return Refused(record, rejection);
        }

        return await FinishAsync(opening, saved);
    }

    private bool WasCutOff(SignInRecord record, SignInCallback callback) =>
        record.Owner != _shared.Owner && callback.Code is { } code && record.CodeHash == Hash(code);

    // The process died after it had the tokens. If the session was opened, the sign-in succeeds.
    private async Task<SignInOutcome> ResumeAsync(SignInRecord record, string version)
    {
        var opened = await _sessions(record.Session!.Account.Id).GetAsync(record.Session.SessionId, CancellationToken.None);
        if (opened.Rejection is { Reason: not RejectionReason.SessionEnded } notNow)
            return Refused(record, notNow);
        return opened.Value is null ? Refused(record, Interrupted()) : await FinishAsync(record, version);
    }

    private async Task<SignInOutcome> FinishAsync(SignInRecord record, string version)
    {
        var completed = record with { Stage = SignInStage.Completed };
        string? handoff = null;
        if (record.Request.ReturnUrl is not null)
        {
            var secret = Pkce.RandomValue();
            handoff = $"{_state}.{secret}";
            completed = completed with
            {
                HandoffHash = Hash(secret),
                // Null in a record of the version before, which opened sessions for good.
                HandoffExpiresAt = record.HandoffExpiresAt ?? _shared.TimeProvider.GetUtcNow() + _shared.Options.HandoffLifetime,
            };
        }

        if (await _store.TrySaveAsync(_state, completed, version, CancellationToken.None) is null)
            return Refused(record, Used());
        _shared.NoteSignedIn(record.Session!.Account.Id, record.Request.ClientId);
        if (handoff is not null)
            return new(null, record.Request.ReturnUrl, handoff, null);
        // Last: of an answer that was never sent, nothing is left.
        var (opened, rejection) = await HandOverAsync(record.Session);
        return opened is null ? Refused(record, rejection!) : new(null, null, null, opened);
    }

    // The session ends at HandoffExpiresAt unless this is called before.
    private async Task<Result<OpenedSession>> HandOverAsync(OpenedSession session)
    {
        var account = _sessions(session.Account.Id);
        var (snapshot, rejection) = await account.GetAsync(session.SessionId, CancellationToken.None);
        // Null on a silo of the version before, which has opened the session for good and knows no hand-over.
        if (snapshot is { ExpiresAt: not null })
            (snapshot, rejection) = await account.HandOverAsync(session.SessionId, CancellationToken.None);
        return snapshot is null ? rejection! : session with { ExpiresAt = snapshot.ExpiresAt, IdleExpiresAt = snapshot.IdleExpiresAt };
    }

    // No session was opened, so the proxy will never use or revoke this pair. Best effort: X expires it anyway.
    private async Task DropAsync(TokenGrant grant)
    {
        if (grant.RefreshToken is { } refresh)
            await _shared.TokenEndpoint.RevokeAsync(refresh.Reveal(), "refresh_token", CancellationToken.None);
        await _shared.TokenEndpoint.RevokeAsync(grant.AccessToken.Reveal(), "access_token", CancellationToken.None);
    }

    private static string Hash(string secret) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static SignInOutcome Refused(SignInRecord? record, Rejection rejection) =>
        new(rejection, record?.Request.ReturnUrl, null, null);

    private static Rejection RejectionOf(TokenResult.Refused refused) =>
        refused.Refusal switch
        {
            TokenRefusal.GrantRejected => new(
                RejectionReason.AuthorizationCodeRejected,
                $"{refused.Description} An authorization code is valid for 30 seconds and works once. Start the sign-in again."
            ),
            TokenRefusal.Misconfigured => new(
                RejectionReason.ProxyMisconfigured,
                $"{refused.Description} The operator must correct Twitter:ClientId, Twitter:ClientSecret or the callback registered at X."
            ),
            _ => new(
                RejectionReason.TokenEndpointUnavailable,
                $"{refused.Description} Start the sign-in again.",
                refused.RetryAfter ?? TimeSpan.FromSeconds(5)
            ),
        };

    private static Rejection Used() => new(RejectionReason.SignInUsed, "This sign-in was already completed or refused. Start again.");

    private static Rejection Interrupted() =>
        new(RejectionReason.SignInInterrupted, "The proxy was stopped during this sign-in. No session was opened. Start again.");

    private static Rejection Denied(SignInCallback callback)
    {
        var words = callback.Description is { Length: > 0 } said ? $": {said.TrimEnd('.')}" : "";
        return callback.Error switch
        {
            null or "access_denied" => new(RejectionReason.SignInDenied, $"The user did not consent{words}."),
            // RFC 6749 section 4.1.2.1: X itself is not well.
            "server_error" or "temporarily_unavailable" => new(
                RejectionReason.UpstreamFailed,
                $"X could not complete the sign-in ({callback.Error}){words}. Start again later.",
                TimeSpan.FromSeconds(5)
            ),
            var error => new(RejectionReason.SignInDenied, $"X did not complete the sign-in ({error}){words}. Start again."),
        };
    }
}
