using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// The row of one keyed write while it is sent. The intent is saved before X is called, and only if the row still has the version that was
/// read. This proves that the store can be written and that no other activation sends the same write. An intent without a response is a
/// write in doubt.
/// </summary>
/// <param name="scope">Shared by the account's keyed writes.</param>
/// <param name="row">The key's row.</param>
/// <param name="fingerprint">The request's fingerprint.</param>
/// <param name="listeners">The callers that wait for the write.</param>
internal sealed partial class WriteIntent(KeyedWriteScope scope, string row, string fingerprint, Listeners listeners)
{
    /// <summary>Retry-after for outcomes that can be found out at once.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private string? _version;

    /// <summary>The row as loaded; null when there was none, or it had expired.</summary>
    public IdempotencyRecord? Known { get; private set; }

    /// <summary>The row as saved for this attempt; null before X is called, and after X has not acted.</summary>
    public IdempotencyRecord? Saved { get; private set; }

    private DateTimeOffset Now => scope.TimeProvider.GetUtcNow();

    /// <summary>Loads the row. An expired row counts as none and is overwritten.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task LoadAsync()
    {
        var stored = await scope.Store.LoadAsync(row, CancellationToken.None);
        _version = stored?.Version;
        Known = stored?.Record.CreatedAt + scope.Options.KeepFor > Now ? stored?.Record : null;
    }

    /// <summary>Saves the intent before each call to X.</summary>
    /// <returns>The rejection when the call must not be made; null when it may.</returns>
    /// <exception cref="OperationCanceledException">No caller waits for the write any more.</exception>
    public async Task<Rejection?> SaveAsync()
    {
        listeners.EnterX();
        var now = Now;
        var intent = new IdempotencyRecord
        {
            Fingerprint = fingerprint,
            CreatedAt = (Saved ?? Known)?.CreatedAt ?? now,
            SentAt = now,
            Owner = scope.Owner,
        };
        if (await scope.Store.TrySaveAsync(row, intent, _version, CancellationToken.None) is not { } version)
            return InProgress(Soon);
        (_version, Saved) = (version, intent);
        return null;
    }

    /// <summary>Restores the row as it was before this attempt: X has not acted, and the call is not retried now.</summary>
    public async Task TakeBackAsync()
    {
        try
        {
            if (Known is not null)
                _version = await scope.Store.TrySaveAsync(row, Known, _version, CancellationToken.None) ?? _version;
            else if (await scope.Store.TryDeleteAsync(row, _version!, CancellationToken.None))
                _version = null;
            Saved = null;
        }
        catch (StoreUnavailableException)
        {
            // The write then counts as in doubt; the next attempt looks it up if that is possible.
        }

        listeners.LeaveX();
    }

    /// <summary>
    /// Saves X's response. The response is returned even if it cannot be saved: the row then stays in doubt, and the next attempt looks the
    /// write up.
    /// </summary>
    public async Task<ForwardResponse> KeepAsync(ForwardResponse response, IdempotencyRecord intent)
    {
        try
        {
            var record = intent with { Answer = StoredResponse.Of(response) };
            if (await scope.Store.TrySaveAsync(row, record, _version, CancellationToken.None) is null)
                LogNotKept(scope.Logger, null, scope.AccountId);
        }
        catch (StoreUnavailableException e)
        {
            LogNotKept(scope.Logger, e, scope.AccountId);
        }

        return response;
    }

    /// <summary>Saves when the attempt ended without a conclusive response.</summary>
    public async Task KeepEndAsync(IdempotencyRecord ended)
    {
        try
        {
            await scope.Store.TrySaveAsync(row, ended, _version, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The attempt then counts as ended when X's time for the call is over.
        }
    }

    public static Rejection InProgress(TimeSpan retryAfter) =>
        new(
            RejectionReason.IdempotencyInProgress,
            $"The first request with this {IdempotencyKey.Header} is still in flight elsewhere. Send it again with the same key.",
            retryAfter
        );

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Account {AccountId}: the response to a keyed write could not be saved; if it is sent again, the proxy looks it up at X"
    )]
    private static partial void LogNotKept(ILogger logger, Exception? exception, string accountId);
}
