using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>The one writer of an account's record within this activation.</summary>
internal sealed class SessionJournal(string accountId, IRecordStore<SessionRecord> store)
    : RecordJournal<SessionRecord>(accountId, $"account {accountId}", store);
