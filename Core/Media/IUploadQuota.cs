using Orleans;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>Counts unfinished uploads: an account's, durably, or a client's, in memory.</summary>
[Alias("otp.IUploadQuota")]
public interface IUploadQuota
{
    /// <summary>Takes a place for an upload that is to begin. Idempotent per upload.</summary>
    /// <returns>Null when it has one; or UploadQuotaReached. An account may also answer SessionEnded and StorageUnavailable.</returns>
    [Alias("ReserveUpload")]
    Task<Rejection?> ReserveUploadAsync(UploadReservation reservation, CancellationToken cancellationToken);

    /// <summary>Gives an upload's place back: every byte is at X, or it comes to nothing. Idempotent.</summary>
    /// <returns>Null; an account may answer StorageUnavailable, and the place is then held until the upload expires.</returns>
    [Alias("ReleaseUpload")]
    Task<Rejection?> ReleaseUploadAsync(string uploadId, CancellationToken cancellationToken);
}

/// <summary>An unfinished upload.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ClientId">Who began it.</param>
/// <param name="Bytes">Upload-Length.</param>
/// <param name="ExpiresAt">When it no longer counts, whatever has become of it.</param>
[GenerateSerializer, Immutable, Alias("otp.OpenUpload")]
public sealed record OpenUpload(
    [property: Id(0)] string Id,
    [property: Id(1)] string ClientId,
    [property: Id(2)] long Bytes,
    [property: Id(3)] DateTimeOffset ExpiresAt
);

/// <summary>The request for a place.</summary>
/// <param name="Upload">The upload.</param>
/// <param name="SessionId">The session that begins it.</param>
/// <param name="MaxUploads">Unfinished uploads that there may be, this one included.</param>
/// <param name="MaxBytes">Their bytes.</param>
[GenerateSerializer, Immutable, Alias("otp.UploadReservation")]
public sealed record UploadReservation(
    [property: Id(0)] OpenUpload Upload,
    [property: Id(1)] string SessionId,
    [property: Id(2)] int MaxUploads,
    [property: Id(3)] long MaxBytes
);
