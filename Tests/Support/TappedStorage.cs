using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Grain storage whose writes pass by a <see cref="TappedStore{TRecord}"/>'s taps.</summary>
internal sealed class TappedStorage<TRecord>(IGrainStorage inner, TappedStore<TRecord> taps) : IGrainStorage
    where TRecord : class
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        inner.ReadStateAsync(stateName, grainId, grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var record = JsonSerializer.Deserialize<TRecord>(((RecordState)(object)grainState.State!).Json!, JsonSerializerOptions.Web);
        return PassAsync(grainId, record, () => inner.WriteStateAsync(stateName, grainId, grainState));
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        PassAsync(grainId, null, () => inner.ClearStateAsync(stateName, grainId, grainState));

    private async Task PassAsync(GrainId grainId, TRecord? record, Func<Task> write)
    {
        var key = grainId.Key.ToString()!;
        if (taps.BeforeWrite is { } before)
            await before(key, record);
        await write();
        if (taps.AfterWrite is { } after)
            await after(key, record);
    }
}
