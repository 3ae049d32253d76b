namespace OrleansTwitterProxy.Sandbox;

/// <summary>An upload as received by X.</summary>
/// <param name="Id">media_id.</param>
/// <param name="Account">Name of the account that uploads it.</param>
/// <param name="Category">media_category.</param>
/// <param name="MediaType">media_type.</param>
/// <param name="TotalBytes">Bytes announced.</param>
/// <param name="SegmentsReceived">Distinct segments received.</param>
/// <param name="SegmentsSentAgain">Segments received with an index that had already been received; the later bytes count.</param>
/// <param name="SegmentsChanged">Those of them with different bytes.</param>
/// <param name="Size">Bytes assembled; null until FINALIZE.</param>
/// <param name="Sha256">Their hash in lower-case hexadecimal; null until FINALIZE.</param>
/// <param name="State">uploading, pending, in_progress, succeeded or failed.</param>
/// <param name="AltText">Alternative text, if any.</param>
/// <param name="ExpiresAt">When X forgets it.</param>
public sealed record StoredMedia(
    string Id,
    string Account,
    string Category,
    string MediaType,
    long TotalBytes,
    int SegmentsReceived,
    int SegmentsSentAgain,
    int SegmentsChanged,
    long? Size,
    string? Sha256,
    string State,
    string? AltText,
    DateTimeOffset ExpiresAt
);

/// <summary>The uploads and their processing.</summary>
public sealed class SandboxMedia
{
    private readonly MediaStore _store;

    internal SandboxMedia(MediaStore store) => _store = store;

    /// <summary>Every upload, oldest first.</summary>
    public IReadOnlyList<StoredMedia> All => [.. _store.All.Select(Describe)];

    /// <summary>Processing time of uploads finalized from now on. Initially <see cref="SandboxOptions.MediaProcessingDuration"/>.</summary>
    public TimeSpan ProcessingDuration
    {
        get => _store.ProcessingDuration;
        set => _store.ProcessingDuration = value;
    }

    /// <summary>One upload; null when it is unknown or has expired.</summary>
    public StoredMedia? Find(string id) => _store.Find(id) is { } media ? Describe(media) : null;

    /// <summary>Makes the processing of the next videos or animated GIFs fail.</summary>
    public void FailNext(int count = 1) => _store.FailNext(count);

    /// <summary>Removes an upload before it expires.</summary>
    /// <returns>False when it was not there.</returns>
    public bool Forget(string id) => _store.Forget(id);

    private StoredMedia Describe(UploadedMedia media) =>
        new(
            media.Id,
            media.Owner.Username,
            media.Category,
            media.MediaType,
            media.TotalBytes,
            media.Segments.Count,
            media.SentAgain,
            media.Changed,
            media.Assembled?.Size,
            media.Assembled?.Sha256,
            _store.StateOf(media),
            media.AltText,
            media.ExpiresAt
        );
}
