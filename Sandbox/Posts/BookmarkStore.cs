namespace OrleansTwitterProxy.Sandbox;

internal sealed record BookmarkFolder(long Key, string Name)
{
    public string Id { get; } = SnowflakeIds.ToText(Key);
}

internal sealed record Bookmark(Post Post, long Sequence, string? FolderId);

/// <summary>All users' private bookmarks and folders.</summary>
internal sealed class BookmarkStore(SnowflakeIds ids)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Dictionary<long, Bookmark>> _bookmarks = [];
    private readonly Dictionary<long, List<BookmarkFolder>> _folders = [];
    private long _sequence;

    public void Add(User user, Post post, string? folderId)
    {
        lock (_gate)
        {
            if (!_bookmarks.TryGetValue(user.Key, out var own))
                _bookmarks[user.Key] = own = [];
            if (own.TryAdd(post.Key, new Bookmark(post, ++_sequence, folderId)))
                post.AddBookmarks(1);
            else if (folderId is not null)
                own[post.Key] = own[post.Key] with { FolderId = folderId };
        }
    }

    public void Remove(User user, Post post)
    {
        lock (_gate)
        {
            if (_bookmarks.TryGetValue(user.Key, out var own) && own.Remove(post.Key))
                post.AddBookmarks(-1);
        }
    }

    /// <summary>Bookmarked posts that still exist, latest bookmark first.</summary>
    public Page<Post> Read(User user, PageRequest request, string? folderId = null)
    {
        lock (_gate)
        {
            var own = _bookmarks.TryGetValue(user.Key, out var all) ? all.Values.ToList() : [];
            var wanted = own.Where(bookmark => !bookmark.Post.IsDeleted && (folderId is null || bookmark.FolderId == folderId));
            return Page<Bookmark>
                .Take(wanted.OrderByDescending(bookmark => bookmark.Sequence), bookmark => bookmark.Sequence, request)
                .Select(bookmark => bookmark.Post);
        }
    }

    public BookmarkFolder AddFolder(User user, string name)
    {
        var folder = new BookmarkFolder(ids.Next(), name);
        lock (_gate)
        {
            if (!_folders.TryGetValue(user.Key, out var own))
                _folders[user.Key] = own = [];
            own.Add(folder);
        }
        return folder;
    }

    public IReadOnlyList<BookmarkFolder> Folders(User user)
    {
        lock (_gate)
            return _folders.TryGetValue(user.Key, out var own) ? [.. own] : [];
    }
}
