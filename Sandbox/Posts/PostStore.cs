using System.Collections.Concurrent;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>All posts on X, newest last. One lock, held for a short time, guards the list and the mutable parts of posts.</summary>
internal sealed class PostStore(SnowflakeIds ids, TimeProvider clock, TimeSpan timelineDelay)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<long, Post> _byId = new();
    private readonly List<Post> _all = [];
    private readonly Dictionary<long, List<Post>> _byAuthor = [];
    private readonly HashSet<string> _duplicates = [];
    private readonly Edges<User, Post> _likes = new();

    public Post? Find(long id) => _byId.GetValueOrDefault(id);

    public Post? Find(string id) => SnowflakeIds.TryParse(id, out var key) ? Find(key) : null;

    /// <summary>Creates a post; null when it is a duplicate and duplicates are not allowed.</summary>
    public Post? Create(User author, PostDraft draft, IReadOnlyList<UploadedMedia> media, bool rejectDuplicates)
    {
        lock (_gate)
        {
            if (!_duplicates.Add(draft.DuplicateKey(author)) && rejectDuplicates)
                return null;
            var post = new Post(ids.Next(), author, draft, clock.GetUtcNow())
            {
                Media = media,
                ReplyTo = draft.ReplyTo is { } replyTo ? Find(replyTo) : null,
                QuoteOf = draft.QuoteOf is { } quoteOf ? Find(quoteOf) : null,
            };
            if (post.ReplyTo is not null)
                post.ReplyTo.Replies++;
            if (post.QuoteOf is not null)
                post.QuoteOf.Quotes++;
            AddLocked(post);
            return post;
        }
    }

    public void Delete(Post post)
    {
        lock (_gate)
        {
            if (!_byId.TryRemove(post.Key, out _))
                return;
            post.IsDeleted = true;
            if (!_all.Remove(post))
                return;
            post.Author.AddPosts(-1);
            if (post.ReplyTo is not null)
                post.ReplyTo.Replies--;
            if (post.QuoteOf is not null)
                post.QuoteOf.Quotes--;
            post.RepostOf?.RepostedBy.Remove(post.Author.Key);
            _byAuthor[post.Author.Key].Remove(post);
            _duplicates.Remove(
                new PostDraft(post.Text)
                {
                    ReplyTo = post.ReplyTo?.Key,
                    QuoteOf = post.QuoteOf?.Key,
                    MediaIds = [.. post.Media.Select(media => media.Id)],
                }.DuplicateKey(post.Author)
            );
        }
    }

    /// <summary>Creates a repost. Idempotent.</summary>
    /// <returns>The repost.</returns>
    public Post Repost(User user, Post post)
    {
        lock (_gate)
        {
            if (!post.RepostedBy.Add(user.Key))
                return FindRepost(user, post)!;
            var draft = new PostDraft($"RT @{post.Author.Username}: {post.Text}");
            var repost = new Post(ids.Next(), user, draft, clock.GetUtcNow()) { RepostOf = post };
            AddLocked(repost);
            return repost;
        }
    }

    public void UndoRepost(User user, Post post)
    {
        Post? repost;
        lock (_gate)
            repost = FindRepost(user, post);
        if (repost is not null)
            Delete(repost);
    }

    /// <returns>False when the user likes it already.</returns>
    public bool Like(User user, Post post)
    {
        var isNew = _likes.Add(user, post);
        if (isNew)
            post.AddLikes(1);
        return isNew;
    }

    /// <returns>False when the user did not like it.</returns>
    public bool Unlike(User user, Post post)
    {
        var existed = _likes.Remove(user, post);
        if (existed)
            post.AddLikes(-1);
        return existed;
    }

    /// <summary>The posts that a user likes and that still exist, latest like first.</summary>
    public Page<Post> LikedBy(User user, PageRequest request) => _likes.From(user, request, post => !post.IsDeleted);

    /// <summary>Who likes a post, latest like first.</summary>
    public Page<User> LikersOf(Post post, PageRequest request) => _likes.To(post, request);

    /// <summary>Adds a post that can be looked up by its id, but is in no timeline, search or count.</summary>
    public Post Seed(User author, string text)
    {
        var post = new Post(ids.Next(), author, new PostDraft(text), clock.GetUtcNow());
        _byId[post.Key] = post;
        return post;
    }

    /// <summary>All posts that a filter admits, newest first.</summary>
    public IReadOnlyList<Post> All(Func<Post, bool> filter) => Read(null, PageRequest.Everything, filter).Items;

    /// <summary>Returns a page of the posts of one author, or of all, newest first.</summary>
    public Page<Post> Read(User? author, PageRequest request, Func<Post, bool> filter)
    {
        var newest = clock.GetUtcNow() - timelineDelay;
        lock (_gate)
        {
            var posts = author is null ? _all : _byAuthor.GetValueOrDefault(author.Key, []);
            return Page<Post>.Take(NewestFirst(posts).Where(post => post.CreatedAt <= newest && filter(post)), post => post.Key, request);
        }
    }

    private static IEnumerable<Post> NewestFirst(List<Post> posts)
    {
        for (var i = posts.Count - 1; i >= 0; i--)
            yield return posts[i];
    }

    private Post? FindRepost(User user, Post post) =>
        _byAuthor.GetValueOrDefault(user.Key, []).Find(candidate => candidate.RepostOf == post);

    private void AddLocked(Post post)
    {
        _byId[post.Key] = post;
        _all.Add(post);
        if (!_byAuthor.TryGetValue(post.Author.Key, out var own))
            _byAuthor[post.Author.Key] = own = [];
        own.Add(post);
        post.Author.AddPosts(1);
    }
}
