namespace OrleansTwitterProxy.Sandbox;

/// <summary>One post or repost. Its mutable parts are guarded by <see cref="PostStore"/>.</summary>
internal sealed class Post(long key, User author, PostDraft draft, DateTimeOffset createdAt) : IKeyed
{
    private int _bookmarks;
    private int _likes;

    public long Key { get; } = key;
    public string Id { get; } = SnowflakeIds.ToText(key);
    public User Author { get; } = author;
    public string Text { get; } = draft.Text;
    public DateTimeOffset CreatedAt { get; } = createdAt;
    public Post? ReplyTo { get; init; }
    public Post? QuoteOf { get; init; }
    public Post? RepostOf { get; init; }
    public IReadOnlyList<UploadedMedia> Media { get; init; } = [];
    public PollDraft? Poll { get; } = draft.Poll;
    public string ReplySettings { get; } = draft.ReplySettings ?? "everyone";

    /// <summary>Names mentioned in the text, as written.</summary>
    public IReadOnlyList<string> Mentions { get; } = PostText.Mentions(draft.Text);

    public HashSet<long> RepostedBy { get; } = [];
    public int Replies { get; set; }
    public int Quotes { get; set; }
    public bool IsDeleted { get; set; }

    /// <summary>Whether the author of the conversation has hidden this reply.</summary>
    public bool IsHidden { get; set; }

    public int Bookmarks => Volatile.Read(ref _bookmarks);

    public int Likes => Volatile.Read(ref _likes);

    public void AddLikes(int change) => Interlocked.Add(ref _likes, change);

    public void AddBookmarks(int change) => Interlocked.Add(ref _bookmarks, change);

    /// <summary>The first post of the conversation.</summary>
    public Post Root => ReplyTo?.Root ?? this;
}
