using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// The row of one keyed write while it is sent. The intent is saved before X is called, over the version that was read: that proves that
/// the store can be written, and that no second activation sends meanwhile. An intent found without a response is a write in doubt.
/// </summary>
/// <param name="scope">What the account's keyed writes share.</param>
/// <param name="row">The key's row.</param>
/// <param name="fingerprint">Of the request.</param>
/// <param name="listeners">Those who wait for the write.</param>
internal sealed partial class WriteIntent(KeyedWriteScope scope, string row, string fingerprint, Listeners listeners)
{
    /// <summary>How soon to ask again for what can be settled at once.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private string? _version;

    /// <summary>The row as it was found; null when there was none, or its time was over.</summary>
    public IdempotencyRecord? Known { get; private set; }

    /// <summary>As saved for this sending; null while X has not been called, or has said that it did not act.</summary>
    public IdempotencyRecord? Saved { get; private set; }

    private DateTimeOffset Now => scope.TimeProvider.GetUtcNow();

    /// <summary>Reads the row. One whose time is over counts as none, and is written over.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task LoadAsync()
    {
        var stored = await scope.Store.LoadAsync(row, CancellationToken.None);
        _version = stored?.Version;
        Known = stored?.Record.CreatedAt + scope.Options.KeepFor > Now ? stored?.Record : null;
    }

    /// <summary>X is about to be called, for the first time or once more.</summary>
    /// <returns>Why it must not be; null when it may.</returns>
    /// <exception cref="OperationCanceledException">Nobody waits for the write any more.</exception>
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

    /// <summary>X has not acted, and is not called again at once: the row says again what it said before this sending.</summary>
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
            // It counts as in doubt then: the next sending finds out, where that can be.
        }

        listeners.LeaveX();
    }

    /// <summary>
    /// Keeps X's response. What X has said is passed on also when it cannot be kept: the row stays in doubt, and the next sending finds
    /// out.
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

    /// <summary>Keeps when the sending ended without a response that decides.</summary>
    public async Task KeepEndAsync(IdempotencyRecord ended)
    {
        try
        {
            await scope.Store.TrySaveAsync(row, ended, _version, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It counts then as ended when X's time for it is over.
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
        Message = "Account {AccountId}: the response to a keyed write could not be kept; if it is sent again, X is asked what became of it"
    )]
    private static partial void LogNotKept(ILogger logger, Exception? exception, string accountId);
}
