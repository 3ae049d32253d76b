using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Tells the streams what users do.</summary>
internal sealed class WorldEvents(
    SandboxStreams streams,
    StreamRules rules,
    ActivitySubscriptions subscriptions,
    PostReplies replies,
    TimeProvider clock
)
{
    private static readonly string[] AllPosts = ["sample_stream", "sample10_stream", "firehose_stream", "firehose_stream_lang_en"];
    private static readonly string[] AllLikes = ["likes_firehose_stream", "likes_sample10_stream"];

    /// <summary>The samples have every post: a sandbox has few.</summary>
    public void PostCreated(Post post)
    {
        var matching = rules.All.Where(rule => rule.Matches(post)).Select(rule => rule.Render()).ToList();
        if (matching.Count > 0 || rules.All.Count == 0)
        {
            Publish([StreamRoute.Filtered], "post", selection =>
            {
                var body = Body(post, selection);
                body["matching_rules"] = new JsonArray([.. matching.Select(rule => rule.DeepClone())]);
                return body;
            });
        }
        Publish(AllPosts, "post", selection => Body(post, selection));
        Activity("post.create", post.Author, PostRenderer.Render(post, FieldSelection.Default.Post));
    }

    public void PostDeleted(Post post)
    {
        Compliance("tweets_compliance_stream", "tweet", new JsonObject { ["id"] = post.Id, ["author_id"] = post.Author.Id });
        Activity("post.delete", post.Author, new JsonObject { ["id"] = post.Id });
    }

    public void Liked(User user, Post post)
    {
        var like = new JsonObject
        {
            ["id"] = $"{user.Id}{post.Id}",
            ["liked_tweet_id"] = post.Id,
            ["liked_tweet_author_id"] = post.Author.Id,
            ["liking_user_id"] = user.Id,
            ["created_at"] = UserRenderer.Time(clock.GetUtcNow()),
        };
        Publish(AllLikes, "like", _ => new JsonObject { ["data"] = like.DeepClone() });
    }

    public void Unliked(User user, Post post) =>
        Compliance("likes_compliance_stream", "favorite", new JsonObject { ["tweet_id"] = post.Id, ["user_id"] = user.Id });

    /// <summary>Something that one user has done to another, such as follow.follow.</summary>
    public void Related(string eventType, User source, User target) =>
        Activity(
            eventType,
            source,
            new JsonObject
            {
                ["source"] = UserRenderer.Render(source, FieldSelection.Default.User),
                ["target"] = UserRenderer.Render(target, FieldSelection.Default.User),
            }
        );

    public void MessageReceived(User recipient, MessageEvent message) =>
        Activity("dm.received", recipient, message.Render(FieldSelection.Default.Message));

    private JsonObject Body(Post post, FieldSelection selection) =>
        replies.With(new JsonObject { ["data"] = PostRenderer.Render(post, selection.Post) }, [post], selection);

    private void Compliance(string stream, string resource, JsonObject deleted) => Publish([stream], null, _ => new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["delete"] = new JsonObject { [resource] = deleted.DeepClone(), ["event_at"] = UserRenderer.Time(clock.GetUtcNow()) },
            },
        });

    private void Activity(string eventType, User user, JsonObject payload)
    {
        foreach (var subscription in subscriptions.Matching(eventType, user))
        {
            var body = subscription.EventOf(eventType, payload);
            streams[StreamRoute.Activity].Publish(StreamEvent.Of(body, eventType));
        }
    }

    private void Publish(IEnumerable<string> names, string? price, Func<FieldSelection, JsonObject> render)
    {
        foreach (var name in names)
            streams[name].Publish(new StreamEvent(render, price));
    }
}
