using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Complete responses about posts: <c>data</c>, and <c>includes</c> for the requested expansions.</summary>
internal sealed class PostReplies(UserStore users)
{
    public ApiReply One(Post post, FieldSelection selection) =>
        ApiReply.Ok(With(new JsonObject { ["data"] = PostRenderer.Render(post, selection.Post) }, [post], selection));

    /// <summary>The posts that were found, and an error for each missing one; no data when none was found.</summary>
    public ApiReply Many(IReadOnlyList<Post> posts, IReadOnlyList<JsonObject> missing, FieldSelection selection)
    {
        var body = new JsonObject();
        if (posts.Count > 0)
            body["data"] = Array(posts, selection);
        if (missing.Count > 0)
            body["errors"] = new JsonArray([.. missing]);
        return ApiReply.Ok(With(body, posts, selection));
    }

    public ApiReply Timeline(Page<Post> page, FieldSelection selection)
    {
        var body = new JsonObject();
        var meta = Meta(page);
        if (page.Items.Count > 0)
        {
            body["data"] = Array(page.Items, selection);
            meta["newest_id"] = page.Items[0].Id;
            meta["oldest_id"] = page.Items[^1].Id;
        }
        With(body, page.Items, selection);
        body["meta"] = meta;
        return ApiReply.Ok(body);
    }

    public static JsonObject Meta<T>(Page<T> page)
    {
        var meta = new JsonObject { ["result_count"] = page.Items.Count };
        if (page.Next is { } next)
            meta["next_token"] = next.ToString();
        if (page.Previous is { } previous)
            meta["previous_token"] = previous.ToString();
        return meta;
    }

    /// <summary>Adds the requested expansions, if any.</summary>
    public JsonObject With(JsonObject body, IReadOnlyList<Post> posts, FieldSelection selection)
    {
        if (selection.Expansions.Count == 0)
            return body;
        var includes = new JsonObject();
        Add(includes, "users", Users(posts, selection.Expansions).Distinct(), user => UserRenderer.Render(user, selection.User));
        Add(includes, "tweets", Posts(posts, selection.Expansions).Distinct(), post => PostRenderer.Render(post, selection.Post));
        if (selection.Expansions.Contains("attachments.media_keys"))
            Add(includes, "media", posts.SelectMany(post => post.Media).Distinct(), media => media.Render(selection.Media));
        if (selection.Expansions.Contains("attachments.poll_ids"))
            Add(includes, "polls", posts.Where(post => post.Poll is not null), post => PostRenderer.RenderPoll(post, selection.Poll));
        if (includes.Count > 0)
            body["includes"] = includes;
        return body;
    }

    private IEnumerable<User> Users(IReadOnlyList<Post> posts, IReadOnlySet<string> expansions)
    {
        foreach (var post in posts)
        {
            if (expansions.Contains("author_id"))
                yield return post.Author;
            if (expansions.Contains("in_reply_to_user_id") && post.ReplyTo is not null)
                yield return post.ReplyTo.Author;
            if (expansions.Contains("referenced_tweets.id.author_id"))
            {
                foreach (var reference in PostRenderer.ReferencesOf(post))
                    yield return reference.Post.Author;
            }
            if (!expansions.Contains("entities.mentions.username"))
                continue;
            foreach (var name in post.Mentions)
            {
                if (users.Find(name) is { } mentioned)
                    yield return mentioned;
            }
        }
    }

    private static IEnumerable<Post> Posts(IReadOnlyList<Post> posts, IReadOnlySet<string> expansions) =>
        expansions.Contains("referenced_tweets.id") || expansions.Contains("referenced_tweets.id.author_id")
            ? posts.SelectMany(PostRenderer.ReferencesOf).Select(reference => reference.Post).Where(post => !post.IsDeleted)
            : [];

    private static void Add<T>(JsonObject includes, string name, IEnumerable<T> items, Func<T, JsonObject> render)
    {
        var array = items.Select(render).ToArray<JsonNode>();
        if (array.Length > 0)
            includes[name] = new JsonArray(array);
    }

    private static JsonArray Array(IReadOnlyList<Post> posts, FieldSelection selection) =>
        new([.. posts.Select(post => PostRenderer.Render(post, selection.Post))]);
}
