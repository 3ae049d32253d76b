using System.Collections.Concurrent;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Api.Standalone;

/// <summary>The embedded engine: a dictionary of account objects over SQLite, and nothing more.</summary>
public sealed partial class StandaloneEngine(
    UserSessionFactory sessions,
    IRecordStore<SessionRecord> sessionStore,
    IRecordStore<IdempotencyRecord> keyStore,
    SignInFactory signIns,
    IRecordStore<SignInRecord> signInStore,
    LocalCircuit circuit,
    MediaUploadFactory uploads,
    IRecordStore<UploadRecord> uploadStore,
    DataFolder folder,
    TimeProvider timeProvider,
    ILogger<StandaloneEngine> logger) : IEngine
{
    // Care waits for X now and then: many accounts may wait together.
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 64 };

    private readonly ConcurrentDictionary<string, ActiveAccount> _active = new(StringComparer.Ordinal);
    private readonly ActiveUploads _uploads = new(timeProvider, logger);

    public string Name => "standalone";

    public string Description => $"standalone, data in {folder.Path}";

    /// <summary>Accounts in memory.</summary>
    public int ActiveCount => _active.Count;

    public IUserSession Session(string accountId)
    {
        while (true)
        {
            var account = _active.GetOrAdd(accountId, static (id, self) => new(self.Create(id)), this);
            if (account.TryTouch(timeProvider.GetUtcNow())) return account.Session;
            _active.TryRemove(new(accountId, account)); // it was leaving memory at this very moment
        }
    }

    public ICircuitControl Circuit => circuit;

    public ISignIn SignIn(string state) => signIns.Create(state, this, signInStore);

    public IMediaUpload Upload(string uploadId) => new UploadReference(uploadId, _uploads, CreateUpload);

    /// <summary>Looks after every upload in memory, and those named, which an earlier process left to be finished.</summary>
    public Task CareForUploadsAsync(IEnumerable<string> unfinished, TimeSpan idleAfter) => _uploads.CareAsync(unfinished, CreateUpload, idleAfter);

    /// <summary>Looks after every account in memory, and lets those go that have been idle.</summary>
    public async Task CareAsync(TimeSpan idleAfter)
    {
        var idleSince = timeProvider.GetUtcNow() - idleAfter;
        await Parallel.ForEachAsync(_active, AtOnce, async (pair, _) =>
        {
            try
            {
                await pair.Value.Session.CareAsync();
                if (pair.Value.TryRetire(idleSince)) await ForgetAsync(pair.Key, pair.Value);
            }
            catch (Exception e)
            {
                LogCareFailed(e, pair.Key); // one account's trouble is not the others'
            }
        });
    }

    /// <summary>The process is stopping and calls have ended: lets refreshes under way finish, and saves what is in memory.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _uploads.StopAsync().WaitAsync(cancellationToken); // first, for they call X through their accounts
        await Parallel.ForEachAsync(_active, AtOnce, async (pair, _) => await ForgetAsync(pair.Key, pair.Value)).WaitAsync(cancellationToken);
    }

    private UserSession Create(string accountId) => sessions.Create(accountId, sessionStore, keyStore);

    private MediaUpload CreateUpload(string uploadId) => uploads.Create(uploadId, this, uploadStore);

    private async Task ForgetAsync(string accountId, ActiveAccount account)
    {
        // Flushed before it leaves the dictionary: the next activation must find what this one saved.
        await account.Session.FlushAsync();
        _active.TryRemove(new(accountId, account));
        account.Session.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Account {AccountId} could not be looked after; trying again in the next round")]
    private partial void LogCareFailed(Exception exception, string accountId);

    private sealed class ActiveAccount(UserSession session)
    {
        private readonly Lock _lock = new();
        private DateTimeOffset _usedAt;
        private bool _retired;

        public UserSession Session => session;

        public bool TryTouch(DateTimeOffset now)
        {
            lock (_lock)
            {
                _usedAt = now;
                return !_retired;
            }
        }

        public bool TryRetire(DateTimeOffset idleSince)
        {
            lock (_lock)
            {
                return _retired |= _usedAt < idleSince && !session.IsBusy;
            }
        }
    }
}
