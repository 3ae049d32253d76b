using System.Globalization;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Grain storage that outlives the silos of this process, can be changed behind their backs, and can be away.</summary>
internal sealed class SharedStorage : IGrainStorage
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Name, GrainId Id), (string Json, string ETag)> _rows = [];
    private long _etags;

    /// <summary>Whether the database does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>The grains that have a record.</summary>
    public List<GrainId> Keys(string name)
    {
        lock (_lock)
            return [.. _rows.Keys.Where(key => key.Name == name).Select(key => key.Id)];
    }

    public TRecord? Find<TRecord>(string name, string grainType, string key)
        where TRecord : class
    {
        lock (_lock)
        {
            return _rows.TryGetValue((name, GrainId.Create(grainType, key)), out var row)
                ? JsonSerializer.Deserialize<TRecord>(row.Json, JsonSerializerOptions.Web)
                : null;
        }
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_lock)
        {
            RefuseWhenAway();
            grainState.RecordExists = _rows.TryGetValue((stateName, grainId), out var row);
            grainState.ETag = row.ETag;
            grainState.State = (T)(object)new RecordState { Json = row.Json };
            return Task.CompletedTask;
        }
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_lock)
        {
            RequireVersion(stateName, grainId, grainState);
            grainState.ETag = (++_etags).ToString(CultureInfo.InvariantCulture);
            _rows[(stateName, grainId)] = (((RecordState)(object)grainState.State!).Json!, grainState.ETag);
            grainState.RecordExists = true;
            return Task.CompletedTask;
        }
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_lock)
        {
            RequireVersion(stateName, grainId, grainState);
            _rows.Remove((stateName, grainId));
            (grainState.ETag, grainState.RecordExists) = (null!, false);
            return Task.CompletedTask;
        }
    }

    private void RequireVersion<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        RefuseWhenAway();
        var stored = _rows.TryGetValue((stateName, grainId), out var row) ? row.ETag : null;
        if (stored != grainState.ETag)
            throw new InconsistentStateException("Another activation has written.", stored ?? "none", grainState.ETag ?? "none");
    }

    private void RefuseWhenAway()
    {
        if (IsAway)
            throw new TimeoutException("scripted: the database does not answer");
    }
}
