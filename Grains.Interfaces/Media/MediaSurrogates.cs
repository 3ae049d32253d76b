using Orleans;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Grains.Interfaces.Media;

[GenerateSerializer, Alias("otp.UploadCaller")]
public struct UploadCallerSurrogate
{
    [Id(0)] public string AccountId;
    [Id(1)] public string SessionId;
}

[RegisterConverter]
public sealed class UploadCallerConverter : IConverter<UploadCaller, UploadCallerSurrogate>
{
    public UploadCaller ConvertFromSurrogate(in UploadCallerSurrogate surrogate) => new(surrogate.AccountId, surrogate.SessionId);

    public UploadCallerSurrogate ConvertToSurrogate(in UploadCaller value) => new() { AccountId = value.AccountId, SessionId = value.SessionId };
}

[GenerateSerializer, Alias("otp.NewUpload")]
public struct NewUploadSurrogate
{
    [Id(0)] public UploadCaller Caller;
    [Id(1)] public long TotalBytes;
    [Id(2)] public string MediaType;
    [Id(3)] public string? Category;
    [Id(4)] public string? AltText;
    [Id(5)] public string Metadata;
}

[RegisterConverter]
public sealed class NewUploadConverter : IConverter<NewUpload, NewUploadSurrogate>
{
    public NewUpload ConvertFromSurrogate(in NewUploadSurrogate surrogate) => new()
    {
        Caller = surrogate.Caller,
        TotalBytes = surrogate.TotalBytes,
        MediaType = surrogate.MediaType,
        Category = surrogate.Category,
        AltText = surrogate.AltText,
        Metadata = surrogate.Metadata,
    };

    public NewUploadSurrogate ConvertToSurrogate(in NewUpload value) => new()
    {
        Caller = value.Caller,
        TotalBytes = value.TotalBytes,
        MediaType = value.MediaType,
        Category = value.Category,
        AltText = value.AltText,
        Metadata = value.Metadata,
    };
}

[GenerateSerializer, Alias("otp.UploadPiece")]
public struct UploadPieceSurrogate
{
    [Id(0)] public UploadCaller Caller;
    [Id(1)] public string WriterId;
    [Id(2)] public long Offset;
    [Id(3)] public ReadOnlyMemory<byte> Bytes;
}

[RegisterConverter]
public sealed class UploadPieceConverter : IConverter<UploadPiece, UploadPieceSurrogate>
{
    public UploadPiece ConvertFromSurrogate(in UploadPieceSurrogate surrogate) =>
        new() { Caller = surrogate.Caller, WriterId = surrogate.WriterId, Offset = surrogate.Offset, Bytes = surrogate.Bytes };

    public UploadPieceSurrogate ConvertToSurrogate(in UploadPiece value) =>
        new() { Caller = value.Caller, WriterId = value.WriterId, Offset = value.Offset, Bytes = value.Bytes };
}

[GenerateSerializer, Alias("otp.UploadSnapshot")]
public struct UploadSnapshotSurrogate
{
    [Id(0)] public int State;
    [Id(1)] public long Offset;
    [Id(2)] public long BytesReceived;
    [Id(3)] public long BytesTotal;
    [Id(4)] public long BytesAtX;
    [Id(5)] public int SegmentBytes;
    [Id(6)] public int SegmentsConfirmed;
    [Id(7)] public int SegmentsTotal;
    [Id(8)] public int? ProcessingPercent;
    [Id(9)] public TimeSpan? EstimatedLeft;
    [Id(10)] public string? MediaId;
    [Id(11)] public DateTimeOffset ExpiresAt;
    [Id(12)] public Rejection? Error;
    [Id(13)] public string Metadata;
}

[RegisterConverter]
public sealed class UploadSnapshotConverter : IConverter<UploadSnapshot, UploadSnapshotSurrogate>
{
    public UploadSnapshot ConvertFromSurrogate(in UploadSnapshotSurrogate surrogate) => new()
    {
        State = (UploadState)surrogate.State,
        Offset = surrogate.Offset,
        BytesReceived = surrogate.BytesReceived,
        BytesTotal = surrogate.BytesTotal,
        BytesAtX = surrogate.BytesAtX,
        SegmentBytes = surrogate.SegmentBytes,
        SegmentsConfirmed = surrogate.SegmentsConfirmed,
        SegmentsTotal = surrogate.SegmentsTotal,
        ProcessingPercent = surrogate.ProcessingPercent,
        EstimatedLeft = surrogate.EstimatedLeft,
        MediaId = surrogate.MediaId,
        ExpiresAt = surrogate.ExpiresAt,
        Error = surrogate.Error,
        Metadata = surrogate.Metadata,
    };

    public UploadSnapshotSurrogate ConvertToSurrogate(in UploadSnapshot value) => new()
    {
        State = (int)value.State,
        Offset = value.Offset,
        BytesReceived = value.BytesReceived,
        BytesTotal = value.BytesTotal,
        BytesAtX = value.BytesAtX,
        SegmentBytes = value.SegmentBytes,
        SegmentsConfirmed = value.SegmentsConfirmed,
        SegmentsTotal = value.SegmentsTotal,
        ProcessingPercent = value.ProcessingPercent,
        EstimatedLeft = value.EstimatedLeft,
        MediaId = value.MediaId,
        ExpiresAt = value.ExpiresAt,
        Error = value.Error,
        Metadata = value.Metadata,
    };
}
