using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Creating, deleting and reading posts.</summary>
internal sealed class PostEndpoints(
    SandboxOptions options,
    PostStore posts,
    MediaStore media,
    PostReplies replies,
    WorldEvents events,
    SandboxCounters counters
)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("POST", "/2/tweets", CreateAsync),
            new("DELETE", "/2/tweets/{id}", Delete),
            new("GET", "/2/tweets/{id}", GetOne),
            new("GET", "/2/tweets", GetMany),
        ];

    private async ValueTask<ApiReply> CreateAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        var draft = PostDraft.Read(body);
        var attached = Attach(draft, call.User, body);
        RequirePost(draft.ReplyTo, "reply", body);
        RequirePost(draft.QuoteOf, "quote_tweet_id", body);
        if (body.Refusal is { } invalid)
            return invalid;

        counters.CountPostAttempt(draft.Text);
        if (options.SelfServePolicy && RefuseByPolicy(draft, call.User) is { } refusal)
            return refusal;
        if (posts.Create(call.User, draft, attached, options.RejectDuplicatePosts) is not { } post)
            return ApiErrors.Duplicate;
        counters.CountPost(draft.Text);
        events.PostCreated(post);
        return ApiReply.Data(PostRenderer.Render(post, FieldSelection.Default.Post), 201, PriceOf(post));
    }

    private ValueTask<ApiReply> Delete(ApiCall call)
    {
        var id = call.Query.Id("id", call.Route("id"));
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (posts.Find(id) is not { } post)
            return new(Deleted());
        if (post.Author != call.User)
            return new(ApiErrors.NotAuthorizedForResource("You are not allowed to delete the Tweet."));
        posts.Delete(post);
        events.PostDeleted(post);
        return new(Deleted());
    }

    private ValueTask<ApiReply> GetOne(ApiCall call)
    {
        var id = call.Query.Id("id", call.Route("id"));
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        return new(
            posts.Find(id) is { } post
                ? replies.One(post, selection)
                : replies.Many([], [ApiErrors.NotFound("tweet", "id", call.Route("id"))], selection)
        );
    }

    private ValueTask<ApiReply> GetMany(ApiCall call)
    {
        var wanted = call.Query.Many("ids").Select(id => (Id: id, Key: call.Query.Id("ids", id))).ToList();
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var found = wanted.Select(id => posts.Find(id.Key)).OfType<Post>().ToList();
        var missing = wanted.Where(id => posts.Find(id.Key) is null).Select(id => ApiErrors.NotFound("tweet", "ids", id.Id)).ToList();
        return new(replies.Many(found, missing, selection));
    }

    private List<UploadedMedia> Attach(PostDraft draft, User author, JsonBody body)
    {
        var attached = new List<UploadedMedia>();
        foreach (var id in draft.MediaIds)
        {
            if (media.FindUsable(id, author) is { } usable)
                attached.Add(usable);
            else
                body.Refuse("media.media_ids", id, "Your media IDs are invalid.");
        }
        return attached;
    }

    private void RequirePost(long? id, string property, JsonBody body)
    {
        if (id is { } key && posts.Find(key) is null)
            body.Fail(property, $"{key}", "the post does not exist");
    }

    /// <summary>
    /// X's policy of 2026 for self-serve apps: no quotes; a reply requires that the author of the original has mentioned or quoted the
    /// user.
    /// </summary>
    private ApiReply? RefuseByPolicy(PostDraft draft, User author)
    {
        if (draft.QuoteOf is not null)
            return ApiErrors.Policy("Quoting this post");
        if (draft.ReplyTo is not { } id || posts.Find(id) is not { } original || original.Author == author)
            return null;
        return Summons(original, author) ? null : ApiErrors.Policy("Reply to this conversation");
    }

    private static bool Summons(Post original, User author) =>
        original.Mentions.Contains(author.Username, StringComparer.OrdinalIgnoreCase) || original.QuoteOf?.Author == author;

    /// <summary>A link makes a post dearer, whatever else it is; null is the price of any other post.</summary>
    private static string? PriceOf(Post post)
    {
        if (PostText.HasLink(post.Text))
            return "post create with a URL in the text";
        return post.ReplyTo is { } original && Summons(original, post.Author) ? "post create summoned reply" : null;
    }

    private static ApiReply Deleted() => ApiReply.Data(new JsonObject { ["deleted"] = true });
}
