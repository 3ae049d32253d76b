using System.Collections.Concurrent;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>All uploads that have not expired.</summary>
internal sealed class MediaStore(SnowflakeIds ids, TimeProvider clock, TimeSpan processingDuration)
{
    /// <summary>Lifetime of finished media: expires_after_secs of FINALIZE and one-shot.</summary>
    public static readonly TimeSpan MediaLifetime = TimeSpan.FromSeconds(86_400);

    /// <summary>Time to finish an upload: expires_after_secs of INIT.</summary>
    public static readonly TimeSpan UploadLifetime = TimeSpan.FromSeconds(1_295_999);

    private readonly ConcurrentDictionary<string, UploadedMedia> _media = new();
    private int _toFail;

    public TimeSpan ProcessingDuration { get; set; } = processingDuration;

    /// <summary>Where browsers find the server: scheme, host and port.</summary>
    public string Address { get; set; } = "";

    public IReadOnlyList<UploadedMedia> All => [.. _media.Values.OrderBy(media => media.Id, StringComparer.Ordinal)];

    public void FailNext(int count) => Interlocked.Add(ref _toFail, count);

    public UploadedMedia Begin(User owner, string mediaType, string category, MediaKind kind, long totalBytes, IReadOnlySet<string> owners)
    {
        var id = SnowflakeIds.ToText(ids.Next());
        var media = new UploadedMedia(id, owner, owners)
        {
            Url = $"{Address}{PhotoEndpoint.Root}/{id}",
            MediaType = mediaType,
            Category = category,
            Kind = kind,
            TotalBytes = totalBytes,
            ExpiresAt = clock.GetUtcNow() + UploadLifetime,
        };
        _media[media.Id] = media;
        return media;
    }

    /// <summary>An upload of the user, if it has not expired.</summary>
    public UploadedMedia? Find(string id, User user) => Find(id) is { } media && media.IsOwnedBy(user) ? media : null;

    public UploadedMedia? Find(string id) => _media.TryGetValue(id, out var media) && clock.GetUtcNow() < media.ExpiresAt ? media : null;

    /// <summary>Media by X's key, such as 3_1849, as posts name it.</summary>
    public UploadedMedia? FindByKey(string key) =>
        Find(key[(key.IndexOf('_', StringComparison.Ordinal) + 1)..]) is { } found && found.Key == key ? found : null;

    public bool Forget(string id) => _media.TryRemove(id, out _);

    /// <summary>Media that the user can attach to a post now.</summary>
    public UploadedMedia? FindUsable(string id, User user) =>
        Find(id, user) is { Assembled: not null } media && StateOf(media) == "succeeded" ? media : null;

    public string StateOf(UploadedMedia media) =>
        media switch
        {
            { Assembled: null } => "uploading",
            { Processing: { } processing } => processing.StateAt(clock.GetUtcNow()),
            _ => "succeeded",
        };

    /// <summary>Assembles an upload and starts processing it; null while bytes are missing. Idempotent.</summary>
    public async Task<AssembledMedia?> FinishAsync(UploadedMedia media)
    {
        if (media.AssembleAsync() is not { } assembling)
            return null;
        var assembled = await assembling;
        var now = clock.GetUtcNow();
        media.Complete(assembled, now + MediaLifetime, () => new MediaProcessing(now, ProcessingDuration, TakeFailure()));
        return assembled;
    }

    private bool TakeFailure()
    {
        for (var left = Volatile.Read(ref _toFail); left > 0; left = Volatile.Read(ref _toFail))
        {
            if (Interlocked.CompareExchange(ref _toFail, left - 1, left) == left)
                return true;
        }
        return false;
    }
}
