using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Erases an account in steps that a crash may come between:
/// 1. save that it is being erased, without its sessions, its tokens put down for revocation: from here on nobody can call for it;
/// 2. let keyed writes that are at X end, for they would write their rows again;
/// 3. delete keyed writes and uploads;
/// 4. save that this is done.
/// Until step 4 is saved, maintenance begins again at step 2. The tokens go as at any sign-out, and the record with them.
/// </summary>
internal sealed class AccountErasure(
    string accountId,
    SessionJournal journal,
    AccountSessions sessions,
    AccountCalls calls,
    IAccountRows rows,
    Func<string, IMediaUpload> uploads,
    AccountAudit audit
)
{
    /// <summary>Whether one was begun and is not finished.</summary>
    public bool IsUnfinished => journal.Current is { Erasing: true };

    /// <returns>What was done, but for the revocation; or StorageUnavailable.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<Result<ErasedAccount>> EraseAsync(CancellationToken cancellationToken)
    {
        await journal.UpdateAsync(record => (record ?? new() { AccountId = accountId }) with { Erasing = true }, cancellationToken);
        // Not under the caller's token: it has begun.
        var (ended, _) = await sessions.EndAsync(static (_, _) => true, CancellationToken.None);
        var (rest, rejection) = await FinishAsync();
        return rest is null ? rejection! : rest with { SessionsEnded = ended };
    }

    /// <summary>Goes on with an erasure that was begun.</summary>
    /// <inheritdoc cref="EraseAsync"/>
    public async Task<Result<ErasedAccount>> FinishAsync()
    {
        await sessions.EndAsync(static (_, _) => true, CancellationToken.None);
        await calls.WhenKeyedWritesEndAsync();
        var keyedWrites = await rows.DeleteKeyedWritesAsync(accountId, CancellationToken.None);
        var found = await rows.FindUploadsAsync(accountId, CancellationToken.None);
        foreach (var id in found)
        {
            if (await uploads(id).DiscardAsync(accountId, CancellationToken.None) is { } rejection)
                return rejection;
        }

        await journal.UpdateAsync(
            record =>
                record is { Erasing: true } && record with { Erasing = false } is var rest
                    ? rest.IsEmpty
                        ? null
                        : rest
                    : record,
            CancellationToken.None
        );
        audit.Erased(keyedWrites, found.Count);
        return new ErasedAccount(0, keyedWrites, found.Count, RevokedAtX: false);
    }
}
