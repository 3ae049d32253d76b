using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>The progress of an upload, as clients see it.</summary>
/// <param name="Id">The upload's id, as in its Location.</param>
/// <param name="State">receiving, finalizing, processing, succeeded or failed.</param>
/// <param name="BytesReceived">Bytes that the proxy has received.</param>
/// <param name="BytesTotal">Upload-Length.</param>
/// <param name="BytesAtX">Bytes that X has confirmed.</param>
/// <param name="SegmentsConfirmed">Segments that X has confirmed.</param>
/// <param name="SegmentsTotal">Segments in all.</param>
/// <param name="ProcessingPercent">0 to 100, as X reports it.</param>
/// <param name="EstimatedSeconds">Estimated remaining time in this state.</param>
/// <param name="MediaId">X's id, to attach once the state is succeeded.</param>
/// <param name="ExpiresAt">When the proxy forgets the upload, or X the finished media.</param>
/// <param name="Error">Why it failed, or what delays it.</param>
public sealed record UploadProgress(
    string Id,
    UploadState State,
    long BytesReceived,
    long BytesTotal,
    long BytesAtX,
    int SegmentsConfirmed,
    int SegmentsTotal,
    int? ProcessingPercent,
    double? EstimatedSeconds,
    string? MediaId,
    DateTimeOffset ExpiresAt,
    UploadTrouble? Error
)
{
    internal static UploadProgress Of(string id, UploadSnapshot upload) =>
        new(
            id,
            upload.State,
            upload.BytesReceived,
            upload.BytesTotal,
            upload.BytesAtX,
            upload.SegmentsConfirmed,
            upload.SegmentsTotal,
            upload.ProcessingPercent,
            upload.EstimatedLeft is { } left ? Math.Round(left.TotalSeconds, 1) : null,
            upload.MediaId,
            upload.ExpiresAt,
            upload.Error is { } error ? new(Problems.Slug(error.Reason), error.Detail) : null
        );
}

/// <summary>A refusal inside a progress report.</summary>
/// <param name="Reason">A row of docs/reference/errors.md.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record UploadTrouble(string Reason, string Detail);
