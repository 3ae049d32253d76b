using System.Text.Json.Serialization;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>What an upload keeps across restarts: who it is of, how far it is at X, and the part of a segment that is in hand.</summary>
public sealed record UploadRecord
{
    /// <summary>The schema this binary writes. A reader must understand this one and the one before.</summary>
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    public required string AccountId { get; init; }

    /// <summary>The session whose calls to X these are: the last that sent bytes, or one that took over when it had ended.</summary>
    public required string SessionId { get; init; }

    /// <summary>X's id of the media.</summary>
    public required string MediaId { get; init; }

    public required long TotalBytes { get; init; }

    public required string MediaType { get; init; }

    public required string Category { get; init; }

    /// <summary>The client that began it; null in records of an earlier version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClientId { get; init; }

    /// <summary>Told to X once the media is there; null when the client gave none.</summary>
    public string? AltText { get; init; }

    /// <summary>The client's Upload-Metadata, as it was sent.</summary>
    public string Metadata { get; init; } = "";

    /// <summary>Length of every segment but the last, in bytes. Never changes: a segment sent again has the same bytes.</summary>
    public required int SegmentBytes { get; init; }

    /// <summary>How many segments, from the first, X has confirmed.</summary>
    public int SegmentsConfirmed { get; init; }

    /// <summary>The bytes that follow, fewer than a segment: acknowledged to the client, and not at X yet.</summary>
    public byte[] InHand { get; init; } = [];

    public UploadState State { get; init; }

    /// <summary>As X told; null when it has not.</summary>
    public int? ProcessingPercent { get; init; }

    /// <summary>When X is to be asked for the first time, or again.</summary>
    public DateTimeOffset? CheckAt { get; init; }

    /// <summary>When X began to process.</summary>
    public DateTimeOffset? ProcessingSince { get; init; }

    /// <summary>Whether X has it ready, so that nothing is left but its alternative text.</summary>
    public bool IsReady { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is forgotten: unfinished, by the proxy or X, whoever is earlier; finished, by X.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Why it failed; or, of one that succeeded, why its alternative text is missing.</summary>
    public UploadError? Error { get; init; }
}

/// <summary>A refusal as a record keeps it: the reason by name, for reasons come and go between versions.</summary>
public sealed record UploadError(string Reason, string Detail)
{
    public static UploadError Of(Rejection rejection) => new(rejection.Reason.ToString(), rejection.Detail);

    public Rejection ToRejection() =>
        new(Enum.TryParse<RejectionReason>(Reason, out var reason) ? reason : RejectionReason.InternalError, Detail);
}
