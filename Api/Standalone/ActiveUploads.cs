using System.Collections.Concurrent;
using OrleansTwitterProxy.Core.Media;

namespace OrleansTwitterProxy.Api.Standalone;

/// <summary>The uploads in memory. One object per upload at a time, as a grain would be one.</summary>
internal sealed partial class ActiveUploads(TimeProvider timeProvider, ILogger logger)
{
    private readonly ConcurrentDictionary<string, ActiveUpload> _active = new(StringComparer.Ordinal);

    /// <summary>Calls an upload, which stays in memory for as long as the call takes.</summary>
    public async Task<T> CallAsync<T>(string uploadId, Func<string, MediaUpload> create, Func<MediaUpload, Task<T>> call)
    {
        var active = Enter(uploadId, create);
        try
        {
            return await call(active.Upload);
        }
        finally
        {
            active.Leave(timeProvider.GetUtcNow());
        }
    }

    /// <summary>Looks after every upload in memory, and those named; and lets those go that have been idle.</summary>
    public async Task CareAsync(IEnumerable<string> uploadIds, Func<string, MediaUpload> create, TimeSpan idleAfter)
    {
        foreach (var uploadId in uploadIds) Enter(uploadId, create).Leave(timeProvider.GetUtcNow());
        var now = timeProvider.GetUtcNow();
        foreach (var (uploadId, active) in _active)
        {
            try
            {
                var isNothing = await active.Upload.CareAsync(); // an id that somebody made up, or an upload that is over
                if (active.TryRetire(isNothing ? now : now - idleAfter)) await ForgetAsync(uploadId, active);
            }
            catch (Exception e)
            {
                LogCareFailed(logger, e, uploadId); // one upload's trouble is not the others'
            }
        }
    }

    public Task StopAsync() => Task.WhenAll(_active.Select(pair => ForgetAsync(pair.Key, pair.Value)));

    private ActiveUpload Enter(string uploadId, Func<string, MediaUpload> create)
    {
        while (true)
        {
            var active = _active.GetOrAdd(uploadId, id => new(new(() => create(id))));
            if (active.TryEnter()) return active;
            _active.TryRemove(new(uploadId, active)); // it was leaving memory at this very moment
        }
    }

    private async Task ForgetAsync(string uploadId, ActiveUpload active)
    {
        await active.Upload.StopAsync();
        _active.TryRemove(new(uploadId, active));
        active.Upload.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Upload {UploadId} could not be looked after; trying again in the next round")]
    private static partial void LogCareFailed(ILogger logger, Exception exception, string uploadId);

    private sealed class ActiveUpload(Lazy<MediaUpload> upload)
    {
        private readonly Lock _lock = new();
        private DateTimeOffset _usedAt;
        private int _calls;
        private bool _retired;

        public MediaUpload Upload => upload.Value;

        public bool TryEnter()
        {
            lock (_lock)
            {
                if (_retired) return false;
                _calls++;
                return true;
            }
        }

        public void Leave(DateTimeOffset now)
        {
            lock (_lock) (_calls, _usedAt) = (_calls - 1, now);
        }

        public bool TryRetire(DateTimeOffset idleSince)
        {
            lock (_lock)
            {
                return _retired |= _calls == 0 && _usedAt < idleSince && !Upload.IsBusy;
            }
        }
    }
}
