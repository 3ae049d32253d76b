using Orleans.Storage;
using OrleansTwitterProxy.Api.Cluster;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>Grain storage in PostgreSQL: Orleans' own provider, behind the database's circuit.</summary>
internal sealed class PostgresGrainStorage(IGrainStorage provider, ClusterDatabase database) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        RunAsync(() => provider.ReadStateAsync(stateName, grainId, grainState));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        RunAsync(() => provider.WriteStateAsync(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        RunAsync(() => provider.ClearStateAsync(stateName, grainId, grainState));

    // The provider takes no cancellation: a write that has begun is finished.
    private Task<bool> RunAsync(Func<Task> operation) =>
        database.RunAsync(
            async _ =>
            {
                await operation();
                return true;
            },
            CancellationToken.None
        );
}
