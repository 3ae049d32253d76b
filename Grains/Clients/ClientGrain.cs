using Orleans;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces.Clients;

namespace OrleansTwitterProxy.Grains.Clients;

/// <summary>
/// Hosts one client's <see cref="ClientQuota"/> and counts its unfinished uploads. Never deactivated when idle: an empty bucket would be
/// full after the next activation.
/// </summary>
[GrainType("client"), KeepAlive]
public sealed class ClientGrain(TimeProvider timeProvider) : Grain, IClientGrain
{
    private readonly ClientQuota _quota = new(timeProvider);
    private OpenUpload[] _uploads = [];

    public Task<ClientLease> LeaseAsync(ClientDemand demand) => Task.FromResult(_quota.Lease(demand));

    public Task<Rejection?> ReserveUploadAsync(UploadReservation reservation, CancellationToken cancellationToken)
    {
        var (uploads, refusal) = OpenUploads.Add(
            _uploads,
            reservation,
            $"The client '{reservation.Upload.ClientId}'",
            $"{MediaOptions.Section}:{nameof(MediaOptions.MaxOpenPerClient)}, {nameof(MediaOptions.MaxOpenBytesPerClient)}",
            timeProvider.GetUtcNow()
        );
        _uploads = uploads ?? _uploads;
        return Task.FromResult(refusal);
    }

    public Task<Rejection?> ReleaseUploadAsync(string uploadId, CancellationToken cancellationToken)
    {
        _uploads = [.. _uploads.Where(upload => upload.Id != uploadId)];
        return Task.FromResult<Rejection?>(null);
    }
}
