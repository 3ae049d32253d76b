using Orleans;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// One managed upload. Any method may answer SessionEnded, UploadNotFound (unknown, expired, or another account's) and
/// StorageUnavailable, and may be repeated.
/// </summary>
[Alias("otp.IMediaUpload")]
public interface IMediaUpload
{
    /// <summary>
    /// Checks what is declared, initializes at X and begins. Durable on return. Idempotent: one that has begun is answered as it is.
    /// </summary>
    /// <returns>
    /// The upload; or MediaUnsupported, MediaTooLarge, MediaRejected, UploadQuotaReached, or what
    /// <see cref="Sessions.IUserSession.SendAsync"/> refuses.
    /// </returns>
    [Alias("Create")]
    Task<Result<UploadSnapshot>> CreateAsync(NewUpload upload, CancellationToken cancellationToken);

    /// <summary>How far it is. Changes nothing.</summary>
    [Alias("GetProgress")]
    Task<Result<UploadSnapshot>> GetProgressAsync(UploadCaller caller, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="GetProgressAsync"/>, once it is another state than the one known, or has ended, or the time is up. Ends within a
    /// second of the caller's session.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="knownStamp">The <see cref="UploadSnapshot.Stamp"/> that the caller has; empty to be answered at once.</param>
    /// <param name="atMost">How long to wait, 30 s at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">The caller has given up.</exception>
    [Alias("WaitForProgress")]
    Task<Result<UploadSnapshot>> WaitForProgressAsync(
        UploadCaller caller,
        string knownStamp,
        TimeSpan atMost,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Makes the caller the one writer, if the offset is right: a client that comes back at the right offset wins over a connection of its
    /// own that may be dead. What the writer before has under way is ended first.
    /// </summary>
    /// <returns>The upload; or UploadOffsetMismatch, UploadGone, or why the upload has failed.</returns>
    [Alias("TakeOver")]
    Task<Result<UploadSnapshot>> TakeOverAsync(UploadCaller caller, string writerId, long offset, CancellationToken cancellationToken);

    /// <summary>Waits while the caller is the one writer, 30 s at most. Changes nothing.</summary>
    /// <returns>Null while it is, or nobody; or UploadLocked at once when another has taken over; or SessionEnded, within a second, or
    /// UploadGone.</returns>
    /// <exception cref="OperationCanceledException">The caller has given up.</exception>
    [Alias("WaitForTakeOver")]
    Task<Rejection?> WaitForTakeOverAsync(UploadCaller caller, string writerId, CancellationToken cancellationToken);

    /// <summary>
    /// Takes bytes. What ends a segment goes to X; what does not is kept. On return the bytes are durable: at X and recorded so, or in the
    /// record; unless segments before are still on their way. Repeated, it changes nothing.
    /// </summary>
    /// <returns>The upload; or UploadLocked (another writer took over), UploadOffsetMismatch, MediaInvalid, MediaRejected, UploadGone, or
    /// the trouble that outlasted <see cref="MediaOptions.SegmentRetryTime"/>: nothing acknowledged is lost then.</returns>
    [Alias("Write")]
    Task<Result<UploadSnapshot>> WriteAsync(UploadPiece piece, CancellationToken cancellationToken);

    /// <summary>Forgets the upload; what is at X expires there. Durable on return. Idempotent.</summary>
    [Alias("Terminate")]
    Task<Rejection?> TerminateAsync(UploadCaller caller, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="TerminateAsync"/>, for an account that is being erased and has no session any more. No effect on another account's
    /// upload.
    /// </summary>
    /// <returns>Null, or StorageUnavailable.</returns>
    [Alias("Discard")]
    Task<Rejection?> DiscardAsync(string accountId, CancellationToken cancellationToken);
}

/// <summary>Who calls: an upload belongs to an account, and its calls to X are made for a session of it.</summary>
[GenerateSerializer, Immutable, Alias("otp.UploadCaller")]
public sealed record UploadCaller([property: Id(0)] string AccountId, [property: Id(1)] string SessionId);

/// <summary>An upload to begin.</summary>
[GenerateSerializer, Immutable, Alias("otp.NewUpload")]
public sealed record NewUpload
{
    [Id(0)]
    public required UploadCaller Caller { get; init; }

    [Id(1)]
    public required long TotalBytes { get; init; }

    /// <summary>As declared: <c>video/mp4</c>.</summary>
    [Id(2)]
    public required string MediaType { get; init; }

    /// <summary>X's media_category; null to infer it from the type.</summary>
    [Id(3)]
    public string? Category { get; init; }

    [Id(4)]
    public string? AltText { get; init; }

    /// <summary>The client's Upload-Metadata as it was sent, to be shown to it again.</summary>
    [Id(5)]
    public string Metadata { get; init; } = "";

    /// <summary>The client that begins it; null from a front end of an earlier version.</summary>
    [Id(6)]
    public string? ClientId { get; init; }
}

/// <summary>Bytes of an upload; never beyond the end of a segment.</summary>
[GenerateSerializer, Immutable, Alias("otp.UploadPiece")]
public sealed record UploadPiece
{
    [Id(0)]
    public required UploadCaller Caller { get; init; }

    /// <summary>Who writes, as told to <see cref="IMediaUpload.TakeOverAsync"/>.</summary>
    [Id(1)]
    public required string WriterId { get; init; }

    [Id(2)]
    public required long Offset { get; init; }

    /// <summary>Not changed by anybody until the call has returned.</summary>
    [Id(3)]
    public required ReadOnlyMemory<byte> Bytes { get; init; }
}

/// <summary>An upload for others to see.</summary>
[GenerateSerializer, Immutable, Alias("otp.UploadSnapshot")]
public sealed record UploadSnapshot
{
    [Id(0)]
    public required UploadState State { get; init; }

    /// <summary>What is durable, and what a client goes on from: tus' Upload-Offset.</summary>
    [Id(1)]
    public required long Offset { get; init; }

    /// <summary>Bytes that have come so far, those included that are on their way to X.</summary>
    [Id(2)]
    public required long BytesReceived { get; init; }

    [Id(3)]
    public required long BytesTotal { get; init; }

    /// <summary>Bytes that X has confirmed.</summary>
    [Id(4)]
    public required long BytesAtX { get; init; }

    [Id(5)]
    public required int SegmentBytes { get; init; }

    [Id(6)]
    public required int SegmentsConfirmed { get; init; }

    [Id(7)]
    public required int SegmentsTotal { get; init; }

    /// <summary>As X told; null when it has not.</summary>
    [Id(8)]
    public int? ProcessingPercent { get; init; }

    /// <summary>How long the present state may yet last, by how it went so far; null when that tells nothing.</summary>
    [Id(9)]
    public TimeSpan? EstimatedLeft { get; init; }

    /// <summary>X's id; null until it can be attached.</summary>
    [Id(10)]
    public string? MediaId { get; init; }

    [Id(11)]
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Why it failed; or, of one that succeeded, why its alternative text is missing.</summary>
    [Id(12)]
    public Rejection? Error { get; init; }

    /// <summary>The client's Upload-Metadata.</summary>
    [Id(13)]
    public string Metadata { get; init; } = "";

    public bool HasEnded => State is UploadState.Succeeded or UploadState.Failed;

    /// <summary>Differs when anything worth telling differs.</summary>
    public string Stamp =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{(int)State}-{BytesReceived}-{BytesAtX}-{ProcessingPercent ?? -1}"
        );
}
