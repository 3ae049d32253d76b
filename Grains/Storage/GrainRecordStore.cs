using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Grains.Storage;

/// <summary>
/// Records in grain storage: a grain's own record, under the grain's key, and others that it stores beside it. Not <c>IPersistentState</c>,
/// which reads on activation: if the database were unavailable, the activation would fail with an exception. Core reads when it needs the
/// record and returns a rejection. Called only within the grain's turns.
/// </summary>
internal sealed class GrainRecordStore<TRecord> : IRecordStore<TRecord>
    where TRecord : class
{
    private readonly IGrainStorage _storage;
    private readonly GrainType _type;
    private readonly string _name;

    /// <param name="context">The grain.</param>
    /// <param name="name">The storage provider, one of <see cref="GrainStorageNames"/>, and the name of the state in it.</param>
    public GrainRecordStore(IGrainContext context, string name)
        : this(context.ActivationServices.GetRequiredKeyedService<IGrainStorage>(name), context.GrainId.Type, name) { }

    internal GrainRecordStore(IGrainStorage storage, GrainType type, string name) => (_storage, _type, _name) = (storage, type, name);

    public Task<Stored<TRecord>?> LoadAsync(string key, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            var state = new GrainState<RecordState>(new());
            await _storage.ReadStateAsync(_name, IdOf(key), state);
            return state is { RecordExists: true, State.Json: { } json, ETag: { } version }
                ? new Stored<TRecord>(RecordJson.Read<TRecord>(json, key), version)
                : null;
        });

    public Task<string?> TrySaveAsync(string key, TRecord record, string? expectedVersion, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            var state = StateOf(new() { Json = RecordJson.Write(record) }, expectedVersion);
            try
            {
                await _storage.WriteStateAsync(_name, IdOf(key), state);
                return state.ETag;
            }
            catch (InconsistentStateException)
            {
                return null; // another activation has written: the caller reads again
            }
        });

    public Task<bool> TryDeleteAsync(string key, string expectedVersion, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            try
            {
                await _storage.ClearStateAsync(_name, IdOf(key), StateOf(new(), expectedVersion));
                return true;
            }
            catch (InconsistentStateException)
            {
                return false; // another activation has written: the caller reads again
            }
        });

    /// <summary>Whether an exception means that the database is unavailable, and not a bug.</summary>
    internal static bool IsUnavailable(Exception e) =>
        e is DbException or TimeoutException or System.Net.Sockets.SocketException or IOException or OrleansException
        || (e.InnerException is { } inner && IsUnavailable(inner));

    private GrainId IdOf(string key) => GrainId.Create(_type, IdSpan.Create(key));

    private static GrainState<RecordState> StateOf(RecordState state, string? version) =>
        new(state, version!) { RecordExists = version is not null };

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
