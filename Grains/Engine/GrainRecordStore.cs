using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansTwitterProxy.Core.Engine;

namespace OrleansTwitterProxy.Grains.Engine;

/// <summary>
/// One grain's record in grain storage. Not injected as <c>IPersistentState</c>, which reads at activation: a database that is away would
/// then fail the activation with an exception, where Core reads when it needs to and has an answer for the caller. The key is the grain's
/// own. Only ever called within the grain's turns.
/// </summary>
internal sealed class GrainRecordStore<TRecord> : IRecordStore<TRecord>
    where TRecord : class
{
    private readonly IGrainStorage _storage;
    private readonly GrainId _grainId;
    private readonly GrainState<RecordState> _state = new(new());
    private readonly string _name;

    /// <param name="context">The grain.</param>
    /// <param name="name">The storage provider, one of <see cref="GrainStorageNames"/>, and the name of the state in it.</param>
    public GrainRecordStore(IGrainContext context, string name)
        : this(context.ActivationServices.GetRequiredKeyedService<IGrainStorage>(name), context.GrainId, name)
    {
    }

    internal GrainRecordStore(IGrainStorage storage, GrainId grainId, string name) => (_storage, _grainId, _name) = (storage, grainId, name);

    public Task<Stored<TRecord>?> LoadAsync(string key, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await _storage.ReadStateAsync(_name, _grainId, _state);
        return _state is { RecordExists: true, State.Json: { } json, ETag: { } version }
            ? new Stored<TRecord>(RecordJson.Read<TRecord>(json, key), version)
            : null;
    });

    public Task<string?> TrySaveAsync(string key, TRecord record, string? expectedVersion, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        // What the storage last told this activation: null while there is no record.
        if ((_state.RecordExists ? _state.ETag : null) != expectedVersion) return null;
        _state.State = new() { Json = RecordJson.Write(record) };
        try
        {
            await _storage.WriteStateAsync(_name, _grainId, _state);
            return _state.ETag;
        }
        catch (InconsistentStateException)
        {
            return null; // another activation has written: the caller reads anew
        }
    });

    public Task<bool> TryDeleteAsync(string key, string expectedVersion, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        if (!_state.RecordExists || _state.ETag != expectedVersion) return false;
        try
        {
            await _storage.ClearStateAsync(_name, _grainId, _state);
            return true;
        }
        catch (InconsistentStateException)
        {
            return false; // another activation has written: the caller reads anew
        }
    });

    /// <summary>Whether an exception means that the database is away, rather than a bug.</summary>
    internal static bool IsUnavailable(Exception e) =>
        e is DbException or TimeoutException or System.Net.Sockets.SocketException or IOException or OrleansException
        || (e.InnerException is { } inner && IsUnavailable(inner));

    private static async Task<T> GuardAsync<T>(Func<Task<T>> operation)
    {
        try
        {
            return await operation();
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            throw new StoreUnavailableException("Grain storage does not answer.", e);
        }
    }
}
