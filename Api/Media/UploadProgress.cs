using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>How far an upload is, as clients read it.</summary>
/// <param name="Id">The upload's id, as in its Location.</param>
/// <param name="State">receiving, finalizing, processing, succeeded or failed.</param>
/// <param name="BytesReceived">Bytes that have come so far.</param>
/// <param name="BytesTotal">Upload-Length.</param>
/// <param name="BytesAtX">Bytes that X has confirmed.</param>
/// <param name="SegmentsConfirmed">Segments that X has confirmed.</param>
/// <param name="SegmentsTotal">Segments in all.</param>
/// <param name="ProcessingPercent">0 to 100, as X tells it.</param>
/// <param name="EstimatedSeconds">How long the present state may yet last.</param>
/// <param name="MediaId">X's id, to attach once the state is succeeded.</param>
/// <param name="ExpiresAt">When the upload, or the finished media, is forgotten.</param>
/// <param name="Error">Why it failed, or what holds it up.</param>
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
/// <param name="Detail">What happened, for people.</param>
public sealed record UploadTrouble(string Reason, string Detail);
