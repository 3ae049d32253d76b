using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>One upload, from INIT to expiry. It belongs to the user who began it and to the additional owners named then.</summary>
internal sealed class UploadedMedia(string id, User owner, IReadOnlySet<string> additionalOwners)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, SpooledFile> _segments = [];
    private Task<AssembledMedia>? _assembly;

    public string Id { get; } = id;
    public User Owner { get; } = owner;
    public required string MediaType { get; init; }
    public required string Category { get; init; }
    public required MediaKind Kind { get; init; }
    public string Key => $"{Kind.KeyPrefix}_{Id}";

    /// <summary>Bytes announced by INIT.</summary>
    public required long TotalBytes { get; init; }

    /// <summary>When it expires: after days while it is being uploaded, 24 hours after FINALIZE.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Null until FINALIZE has assembled it.</summary>
    public AssembledMedia? Assembled { get; private set; }

    /// <summary>Null for media that needs no processing.</summary>
    public MediaProcessing? Processing { get; private set; }

    public string? AltText { get; set; }

    /// <summary>Where a photo is shown.</summary>
    public required string Url { get; init; }

    /// <summary>The bytes of a photo, in order. Those of other media are not kept.</summary>
    public IReadOnlyList<SpooledFile> Photo
    {
        get
        {
            lock (_gate)
                return IsPhoto && Assembled is not null ? [.. _segments.Values] : [];
        }
    }

    private bool IsPhoto => Kind.Type == "photo";

    public (int Count, long Bytes) Segments
    {
        get
        {
            lock (_gate)
                return (_segments.Count, _segments.Values.Sum(segment => segment.Length));
        }
    }

    /// <summary>Number of segments received more than once.</summary>
    public int SentAgain { get; private set; }

    /// <summary>Number of those with different bytes.</summary>
    public int Changed { get; private set; }

    public bool IsOwnedBy(User user) => user == Owner || additionalOwners.Contains(user.Id);

    /// <summary>Stores a segment; the same index again replaces it. False once the upload is being assembled.</summary>
    public bool Append(int index, SpooledFile bytes)
    {
        lock (_gate)
        {
            if (_assembly is not null)
                return false;
            if (_segments.Remove(index, out var earlier))
            {
                SentAgain++;
                if (earlier.Sha256 != bytes.Sha256)
                    Changed++;
                earlier.Dispose();
            }
            _segments[index] = bytes;
            return true;
        }
    }

    /// <summary>Assembles the segments once, however often called; null while bytes are missing or too many.</summary>
    public Task<AssembledMedia>? AssembleAsync()
    {
        lock (_gate)
        {
            if (_assembly is null && _segments.Values.Sum(segment => segment.Length) != TotalBytes)
                return null;
            return _assembly ??= AssembledMedia.OfAsync([.. _segments.Values], keep: IsPhoto);
        }
    }

    /// <summary>Marks the media as ready or in processing, once.</summary>
    public void Complete(AssembledMedia assembled, DateTimeOffset expiresAt, Func<MediaProcessing> process)
    {
        lock (_gate)
        {
            if (Assembled is not null)
                return;
            if (Kind.IsProcessed)
                Processing = process();
            ExpiresAt = expiresAt;
            Assembled = assembled;
        }
    }

    public JsonObject Render(IReadOnlySet<string> fields)
    {
        var json = new JsonObject { ["media_key"] = Key, ["type"] = Kind.Type };
        if (fields.Contains("alt_text") && AltText is not null)
            json["alt_text"] = AltText;
        if (fields.Contains("url") && IsPhoto)
            json["url"] = Url;
        if (fields.Contains("width"))
            json["width"] = 1;
        if (fields.Contains("height"))
            json["height"] = 1;
        return json;
    }
}
