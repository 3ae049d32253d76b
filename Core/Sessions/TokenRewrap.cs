using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Encrypts stored tokens with the key ring's newest key, account by account, while calls go on. It writes a record over the version that
/// it has read. An activation that holds the record finds the newer version at its next write, reads it, and applies its change again, as
/// after a write of another activation. A run that was cut off is begun again: what is done is skipped.
/// </summary>
/// <param name="rows">Finds the accounts.</param>
/// <param name="store">Their records.</param>
/// <param name="vault">Re-encrypts.</param>
/// <param name="keys">The key ring.</param>
/// <param name="sessions">How long session tokens live.</param>
/// <param name="timeProvider">Paces the run.</param>
/// <param name="logger">Told of accounts that fail.</param>
public sealed partial class TokenRewrap(
    IAccountRows rows,
    IRecordStore<SessionRecord> store,
    TokenVault vault,
    IKeyManager keys,
    IOptions<UserSessionOptions> sessions,
    TimeProvider timeProvider,
    ILogger<TokenRewrap> logger
)
{
    private const int PageSize = 100;
    private const int Attempts = 5;
    private const int AtOnce = 10;

    // At most 400 accounts a second: the database has calls to serve.
    private static readonly TimeSpan PerPage = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<Guid, int> _tokens = [];

    /// <summary>How far it is.</summary>
    public RewrapProgress Progress { get; private set; } = new();

    /// <summary>Begins a run, unless one is under way.</summary>
    /// <param name="cancellationToken">Ends it: the silo stops.</param>
    /// <returns>The run. Never throws.</returns>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        if (Progress.State is RewrapState.Running)
            return Task.CompletedTask;
        _tokens.Clear();
        Progress = new() { State = RewrapState.Running, StartedAt = timeProvider.GetUtcNow() };
        return WorkAsync(cancellationToken);
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        var state = RewrapState.Interrupted;
        try
        {
            await foreach (var page in PagesAsync(cancellationToken))
                Progress = Progress with { Accounts = Progress.Accounts + page.Count };
            await foreach (var page in PagesAsync(cancellationToken))
            {
                var pace = Task.Delay(PerPage, timeProvider, cancellationToken);
                foreach (var some in page.Chunk(AtOnce))
                    await Task.WhenAll(some.Select(accountId => CountAsync(accountId, cancellationToken)));
                await pace;
            }

            state = RewrapState.Completed;
        }
        catch (StoreUnavailableException e)
        {
            LogInterrupted(e);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }

        Progress = Progress with { State = state, EndedAt = timeProvider.GetUtcNow(), Keys = Keys() };
        LogEnded(state, Progress.Reencrypted, Progress.Skipped, Progress.Failed);
    }

    private async IAsyncEnumerable<IReadOnlyList<string>> PagesAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        IReadOnlyList<string> page = [];
        do
        {
            page = await rows.ListAsync(page.Count > 0 ? page[^1] : null, PageSize, cancellationToken);
            yield return page;
        } while (page.Count == PageSize);
    }

    private async Task CountAsync(string accountId, CancellationToken cancellationToken)
    {
        try
        {
            Progress = await RewrapAsync(accountId, cancellationToken)
                ? Progress with
                {
                    Reencrypted = Progress.Reencrypted + 1,
                }
                : Progress with
                {
                    Skipped = Progress.Skipped + 1,
                };
        }
        catch (Exception e) when (e is CryptographicException or FormatException or StoreUnavailableException)
        {
            Progress = Progress with { Failed = Progress.Failed + 1 };
            LogFailed(accountId, e.Message);
        }
    }

    // False: nothing to do.
    private async Task<bool> RewrapAsync(string accountId, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await store.LoadAsync(accountId, cancellationToken) is not { } stored)
                return false; // erased meanwhile
            var record = Rewrapped(stored.Record);
            if (
                !ReferenceEquals(record, stored.Record)
                && await store.TrySaveAsync(accountId, record, stored.Version, cancellationToken) is null
            )
                continue; // a call has written it meanwhile
            foreach (var payload in Payloads(record))
            {
                var key = TokenVault.KeyOf(payload);
                _tokens[key] = _tokens.GetValueOrDefault(key) + 1;
            }

            return !ReferenceEquals(record, stored.Record);
        }

        throw new StoreUnavailableException("Calls keep changing the record.");
    }

    private SessionRecord Rewrapped(SessionRecord record)
    {
        var id = record.AccountId;
        var grant = record.Grant is { } old
            ? old with
            {
                AccessToken = vault.Rewrap(id, TokenVault.Access, old.AccessToken),
                RefreshToken = old.RefreshToken is { } refresh ? vault.Rewrap(id, TokenVault.Refresh, refresh) : null,
            }
            : null;
        PendingRevocation[] revocations =
        [
            .. record.Revocations.Select(each =>
                each with
                {
                    Token = vault.Rewrap(id, each.Hint == "refresh_token" ? TokenVault.Refresh : TokenVault.Access, each.Token),
                }
            ),
        ];
        var changed = record with { Grant = grant, Revocations = revocations };
        return Payloads(changed).SequenceEqual(Payloads(record)) ? record : changed;
    }

    private static IEnumerable<string> Payloads(SessionRecord record) =>
        (record.Grant is { } grant ? (IEnumerable<string?>)[grant.AccessToken, grant.RefreshToken] : [])
            .Concat(record.Revocations.Select(each => each.Token))
            .OfType<string>();

    private RewrapKey[] Keys()
    {
        try
        {
            var newest = vault.NewestKey();
            IKey[] all = [.. keys.GetAllKeys().OrderByDescending(key => key.ActivationDate)];
            return
            [
                .. all.Select(key => new RewrapKey(
                    key.KeyId,
                    key.KeyId == newest,
                    _tokens.GetValueOrDefault(key.KeyId),
                    key.KeyId == newest ? null : SuccessorOf(key, all) + sessions.Value.AbsoluteLifetime
                )),
            ];
        }
        catch (Exception e)
        {
            LogNoKeys(e); // the storage's own exceptions; the counts are told all the same
            return [];
        }
    }

    // Until its successor is active a key encrypts; the last one, until it expires.
    private static DateTimeOffset SuccessorOf(IKey key, IKey[] newestFirst) =>
        newestFirst.LastOrDefault(other => other.ActivationDate > key.ActivationDate)?.ActivationDate ?? key.ExpirationDate;

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Re-encryption of tokens {State}: {Reencrypted} accounts re-encrypted, {Skipped} skipped, {Failed} failed"
    )]
    private partial void LogEnded(RewrapState state, int reencrypted, int skipped, int failed);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Re-encryption of tokens was cut off: the database does not answer. Begin it again; what is done is skipped"
    )]
    private partial void LogInterrupted(Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Account {AccountId}: its tokens were not re-encrypted and stay as they are: {Cause}"
    )]
    private partial void LogFailed(string accountId, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The key ring's storage cannot be read; which keys are in use is not known")]
    private partial void LogNoKeys(Exception exception);
}
