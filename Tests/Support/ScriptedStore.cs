using System.Globalization;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A store in memory that fails, or waits, where a test tells it to. Versions are as strict as the real one's.</summary>
internal sealed class ScriptedStore<TRecord> : IRecordStore<TRecord>
    where TRecord : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Stored<TRecord>> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<int, bool> _failures = []; // number of the save -> whether it takes effect all the same
    private int _versions;
    private (TaskCompletionSource Reached, TaskCompletionSource Release)? _hold;

    /// <summary>Saves and deletes asked for so far, failed ones included.</summary>
    public int Writes { get; private set; }

    public int Loads { get; private set; }

    /// <summary>While set, nothing can be read.</summary>
    public bool LoadsFail { get; set; }

    /// <summary>While set, nothing can be written.</summary>
    public bool WritesFail { get; set; }

    /// <summary>Runs before every save: a place to write behind the caller's back.</summary>
    public Action? BeforeSave { get; set; }

    public TRecord? this[string key]
    {
        get
        {
            lock (_lock)
                return _records.GetValueOrDefault(key)?.Record;
        }
    }

    /// <summary>Lets a write fail.</summary>
    /// <param name="number">Which one: 1 is the next.</param>
    /// <param name="tookEffect">Whether the record is changed although the answer is lost.</param>
    public void FailWrite(int number, bool tookEffect) => _failures[Writes + number] = tookEffect;

    /// <summary>Another process writes.</summary>
    public void Put(string key, TRecord record)
    {
        lock (_lock)
            _records[key] = new(record, NewVersion());
    }

    /// <summary>Another process deletes.</summary>
    public void Remove(string key)
    {
        lock (_lock)
            _records.Remove(key);
    }

    /// <summary>The next write waits until it is released.</summary>
    public (Task Reached, TaskCompletionSource Release) HoldNextWrite()
    {
        var hold = (
            Reached: new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously),
            Release: new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        _hold = hold;
        return (hold.Reached.Task, hold.Release);
    }

    public Task<Stored<TRecord>?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            Loads++;
            if (LoadsFail)
                throw new StoreUnavailableException("scripted: no answer to a load");
            return Task.FromResult(_records.GetValueOrDefault(key));
        }
    }

    public async Task<string?> TrySaveAsync(string key, TRecord record, string? expectedVersion, CancellationToken cancellationToken)
    {
        var write = await BeginWriteAsync();
        lock (_lock)
        {
            Refuse(write);
            if (_records.GetValueOrDefault(key)?.Version != expectedVersion)
                return null;
            var version = NewVersion();
            _records[key] = new(record, version);
            LoseAnswer(write);
            return version;
        }
    }

    public async Task<bool> TryDeleteAsync(string key, string expectedVersion, CancellationToken cancellationToken)
    {
        var write = await BeginWriteAsync();
        lock (_lock)
        {
            Refuse(write);
            if (_records.GetValueOrDefault(key)?.Version != expectedVersion)
                return false;
            _records.Remove(key);
            LoseAnswer(write);
            return true;
        }
    }

    private async Task<int> BeginWriteAsync()
    {
        if (_hold is { } hold)
        {
            _hold = null;
            hold.Reached.SetResult();
            await hold.Release.Task;
        }

        BeforeSave?.Invoke();
        lock (_lock)
            return ++Writes;
    }

    private void Refuse(int write)
    {
        if (WritesFail || (_failures.TryGetValue(write, out var tookEffect) && !tookEffect))
            throw new StoreUnavailableException("scripted: no answer to a write");
    }

    private void LoseAnswer(int write)
    {
        if (_failures.ContainsKey(write))
            throw new StoreUnavailableException("scripted: the answer to a write was lost");
    }

    private string NewVersion() => (++_versions).ToString(CultureInfo.InvariantCulture);
}
