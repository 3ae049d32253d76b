using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>A post as X shows it: always id, text and edit history; other fields on request.</summary>
internal static class PostRenderer
{
    public static JsonObject Render(Post post, IReadOnlySet<string> fields)
    {
        var json = new JsonObject
        {
            ["id"] = post.Id,
            ["text"] = post.Text,
            ["edit_history_tweet_ids"] = new JsonArray(post.Id),
        };
        foreach (var field in fields)
        {
            if (Field(post, field) is { } value)
                json[field] = value;
        }
        return json;
    }

    private static JsonNode? Field(Post post, string field) =>
        field switch
        {
            "author_id" => post.Author.Id,
            "created_at" => UserRenderer.Time(post.CreatedAt),
            "conversation_id" => post.Root.Id,
            "in_reply_to_user_id" => post.ReplyTo?.Author.Id,
            "lang" => "en",
            "source" => "sandbox",
            "possibly_sensitive" => false,
            "reply_settings" => post.ReplySettings,
            "referenced_tweets" => References(post),
            "attachments" => Attachments(post),
            "entities" => Entities(post),
            "edit_controls" => new JsonObject
            {
                ["edits_remaining"] = 5,
                ["is_edit_eligible"] = false,
                ["editable_until"] = UserRenderer.Time(post.CreatedAt.AddHours(1)),
            },
            "public_metrics" => new JsonObject
            {
                ["retweet_count"] = post.RepostedBy.Count,
                ["reply_count"] = post.Replies,
                ["like_count"] = post.Likes,
                ["quote_count"] = post.Quotes,
                ["bookmark_count"] = post.Bookmarks,
                ["impression_count"] = 0,
            },
            _ => null,
        };

    public static IEnumerable<(string Type, Post Post)> ReferencesOf(Post post)
    {
        if (post.RepostOf is not null)
            yield return ("retweeted", post.RepostOf);
        if (post.QuoteOf is not null)
            yield return ("quoted", post.QuoteOf);
        if (post.ReplyTo is not null)
            yield return ("replied_to", post.ReplyTo);
    }

    /// <summary>A poll has the id of its post.</summary>
    public static JsonObject RenderPoll(Post post, IReadOnlySet<string> fields)
    {
        var poll = new JsonObject
        {
            ["id"] = post.Id,
            ["options"] = new JsonArray([
                .. post.Poll!.Options.Select(
                    (option, index) =>
                        new JsonObject
                        {
                            ["position"] = index + 1,
                            ["label"] = option,
                            ["votes"] = 0,
                        }
                ),
            ]),
        };
        if (fields.Contains("duration_minutes"))
            poll["duration_minutes"] = post.Poll.DurationMinutes;
        if (fields.Contains("end_datetime"))
            poll["end_datetime"] = UserRenderer.Time(post.CreatedAt.AddMinutes(post.Poll.DurationMinutes));
        if (fields.Contains("voting_status"))
            poll["voting_status"] = "open";
        return poll;
    }

    private static JsonArray? References(Post post)
    {
        var references = new JsonArray([
            .. ReferencesOf(post).Select(reference => new JsonObject { ["type"] = reference.Type, ["id"] = reference.Post.Id }),
        ]);
        return references.Count == 0 ? null : references;
    }

    private static JsonObject? Attachments(Post post)
    {
        if (post.Poll is not null)
            return new JsonObject { ["poll_ids"] = new JsonArray(post.Id) };
        if (post.Media.Count == 0)
            return null;
        return new JsonObject { ["media_keys"] = new JsonArray([.. post.Media.Select(media => (JsonNode)media.Key)]) };
    }

    private static JsonObject? Entities(Post post)
    {
        if (post.Mentions.Count == 0)
            return null;
        return new JsonObject
        {
            ["mentions"] = new JsonArray([
                .. post.Mentions.Select(name =>
                {
                    var start = post.Text.IndexOf($"@{name}", StringComparison.Ordinal);
                    return new JsonObject
                    {
                        ["start"] = start,
                        ["end"] = start + name.Length + 1,
                        ["username"] = name,
                    };
                }),
            ]),
        };
    }
}
