using System.Text.Json;

namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>One valid request for every operation of X, with the resources that it needs.</summary>
internal sealed class WalkRequests(Caller alice, Caller bob, Caller app)
{
    private const string Span = "start_time=2026-01-01T00:00:00Z&end_time=2026-01-02T00:00:00Z";
    private int _made;

    /// <param name="method">The operation's method.</param>
    /// <param name="path">Its route template.</param>
    /// <returns>The target, and the body if it has one.</returns>
    public async Task<(string Target, object? Body)> OfAsync(string method, string path)
    {
        var (target, body) = await ReplaceAsync(method, path);
        return (target + QueryOf(method, path), body ?? BodyOf(path, method));
    }

    // The resources that a path names, made anew for each request: it may change or delete them.
    private async Task<(string Target, object? Body)> ReplaceAsync(string method, string path)
    {
        var target = path;
        object? body = null;
        switch (path.Split('/')[2])
        {
            case "lists" when path.Contains('{', StringComparison.Ordinal):
                target = target.Replace("{id}", await ListAsync(), StringComparison.Ordinal);
                break;
            case "tweets" when path.Contains("webhooks", StringComparison.Ordinal):
            case "webhooks" or "account_activity":
                target = target.Replace(
                    "{webhook_id}",
                    await MakeAsync(app, "/2/webhooks", new { url = "https://app.example/hook" }),
                    StringComparison.Ordinal
                );
                body =
                    method == "POST" && path == "/2/webhooks/replay"
                        ? new
                        {
                            webhook_id = "1",
                            from_date = "202601010000",
                            to_date = "202601020000",
                        }
                        : null;
                break;
            case "tweets":
                target = target
                    .Replace("{tweet_id}", await ReplyAsync(), StringComparison.Ordinal)
                    .Replace("{id}", await PostAsync(), StringComparison.Ordinal);
                break;
            case "dm_conversations" or "dm_events":
                target = await MessageTargetAsync(target);
                break;
            case "activity" when path.Contains('{', StringComparison.Ordinal):
                target = target.Replace("{subscription_id}", await SubscriptionAsync(), StringComparison.Ordinal);
                break;
            case "activity" when method == "DELETE":
                target += $"?ids={await SubscriptionAsync()}";
                break;
            case "articles":
                target = target.Replace(
                    "{article_id}",
                    await MakeAsync(alice, "/2/articles/draft", new { title = "draft" }),
                    StringComparison.Ordinal
                );
                break;
            case "broadcasts" when path.Contains("scheduled/{id}", StringComparison.Ordinal):
                target = target.Replace(
                    "{id}",
                    await MakeAsync(alice, "/2/broadcasts/scheduled", new { title = "soon" }),
                    StringComparison.Ordinal
                );
                break;
            case "broadcasts" when path.Contains('{', StringComparison.Ordinal):
                var broadcast = (await alice.ListAsync("/2/broadcasts"))[0];
                target = target.Replace("{id}", broadcast, StringComparison.Ordinal).Replace("{user_id}", bob.Id, StringComparison.Ordinal);
                if (target.Contains("{message_id}", StringComparison.Ordinal))
                    target = target.Replace(
                        "{message_id}",
                        await MakeAsync(alice, $"/2/broadcasts/{broadcast}/chat", new { text = "hi" }),
                        StringComparison.Ordinal
                    );
                break;
            case "chat" when path.Contains("media/upload", StringComparison.Ordinal):
                target = target.Replace(
                    "{id}",
                    await MakeAsync(alice, "/2/chat/media/upload/initialize", new { total_bytes = 1 }),
                    StringComparison.Ordinal
                );
                break;
            case "chat" when path.Contains('{', StringComparison.Ordinal):
                target = target
                    .Replace("{id}", await MakeAsync(alice, "/2/chat/conversations/group", new { }), StringComparison.Ordinal)
                    .Replace("{media_hash_key}", "hash", StringComparison.Ordinal);
                break;
            case "compliance" when path.Contains("{id}", StringComparison.Ordinal):
                target = target.Replace(
                    "{id}",
                    await MakeAsync(app, "/2/compliance/jobs", new { type = "tweets" }),
                    StringComparison.Ordinal
                );
                break;
            case "communities" when path.Contains("{id}", StringComparison.Ordinal):
                target = target.Replace(
                    "{id}",
                    (await alice.ListAsync("/2/communities/search?query=sandbox"))[0],
                    StringComparison.Ordinal
                );
                break;
            case "news" when path.Contains("{id}", StringComparison.Ordinal):
                target = target.Replace("{id}", (await alice.ListAsync("/2/news/search?query=sandbox"))[0], StringComparison.Ordinal);
                break;
            case "notes" when method == "DELETE":
                target = target.Replace("{id}", await MakeAsync(alice, "/2/notes", Note), StringComparison.Ordinal);
                break;
            case "spaces":
                target = target.Replace("{id}", (await alice.ListAsync("/2/spaces/search?query=workshop"))[0], StringComparison.Ordinal);
                break;
            case "media":
                (target, body) = await MediaAsync(method, path);
                break;
            case "connections":
                target = target.Replace("{endpoint_id}", "filtered_stream", StringComparison.Ordinal);
                break;
        }

        foreach (
            var (parameter, value) in new[]
            {
                ("{id}", alice.Id),
                ("{source_user_id}", alice.Id),
                ("{target_user_id}", bob.Id),
                ("{user_id}", bob.Id),
                ("{username}", "bob"),
                ("{woeid}", "1"),
            }
        )
            target = target.Replace(parameter, value, StringComparison.Ordinal);
        if (target.Contains("{list_id}", StringComparison.Ordinal))
            target = target.Replace("{list_id}", await ListAsync(), StringComparison.Ordinal);
        if (target.Contains("{folder_id}", StringComparison.Ordinal))
            target = target.Replace(
                "{folder_id}",
                await MakeAsync(alice, $"/2/users/{alice.Id}/bookmarks/folders", new { name = "f" }),
                StringComparison.Ordinal
            );
        foreach (var parameter in new[] { "{tweet_id}", "{source_tweet_id}" })
        {
            if (target.Contains(parameter, StringComparison.Ordinal))
                target = target.Replace(parameter, await PostAsync(), StringComparison.Ordinal);
        }
        body ??= await BodyWithResourcesAsync(method, path);
        return (target, body);
    }

    private async Task<object?> BodyWithResourcesAsync(string method, string path) =>
        $"{method} {path}" switch
        {
            "POST /2/users/{id}/likes" or "POST /2/users/{id}/retweets" or "POST /2/users/{id}/bookmarks" => new
            {
                tweet_id = await PostAsync(),
            },
            "POST /2/users/{id}/followed_lists" or "POST /2/users/{id}/pinned_lists" => new { list_id = await ListAsync() },
            "POST /2/activity/subscriptions" => new { event_type = $"event.{++_made}", filter = new { user_id = alice.Id } },
            _ => null,
        };

    private object? BodyOf(string path, string method) =>
        $"{method} {path}" switch
        {
            "POST /2/tweets" => new { text = $"post {++_made}" },
            "PUT /2/tweets/{tweet_id}/hidden" => new { hidden = true },
            "POST /2/tweets/search/stream/rules" => new { add = new[] { new { value = $"rule{++_made}" } } },
            "POST /2/users/{id}/following" or "POST /2/users/{id}/muting" => new { target_user_id = bob.Id },
            "POST /2/lists/{id}/members" => new { user_id = bob.Id },
            "POST /2/users/{id}/public_keys" => new { public_key = "key" },
            "POST /2/users/{id}/bookmarks/folders" or "POST /2/lists" or "PUT /2/lists/{id}" => new { name = "name" },
            "POST /2/dm_conversations" => new
            {
                conversation_type = "Group",
                participant_ids = new[] { bob.Id, alice.Id },
                message = new { text = "hi" },
            },
            "DELETE /2/connections" => new { uuids = new[] { "1" } },
            "POST /2/webhooks" => new { url = "https://app.example/hook" },
            "POST /2/compliance/jobs" => new { type = "tweets" },
            "POST /2/notes" => Note,
            "PUT /2/activity/subscriptions/{subscription_id}" => new { tag = "tag" },
            "POST /2/chat/conversations/{id}/messages/delete" => new { message_ids = new[] { "1" } },
            "POST /2/broadcasts/{id}/chat/mutes" => new { user_id = bob.Id },
            _ when path.Contains("dm_", StringComparison.Ordinal) || path.EndsWith("/chat", StringComparison.Ordinal) => new
            {
                text = "hi",
            },
            _ when path.Contains("broadcasts", StringComparison.Ordinal) || path.Contains("articles", StringComparison.Ordinal) => new
            {
                title = "title",
            },
            _ when method == "POST" => new { },
            _ => null,
        };

    private string QueryOf(string method, string path)
    {
        if (method != "GET")
            return "";
        return path switch
        {
            "/2/tweets" => "?ids=1",
            "/2/users" or "/2/users/public_keys" => $"?ids={alice.Id}",
            "/2/users/by" => "?usernames=alice,bob",
            "/2/spaces" => "?ids=1",
            "/2/spaces/by/creator_ids" => $"?user_ids={alice.Id}",
            "/2/compliance/jobs" => "?type=tweets",
            "/2/media" => "?media_keys=3_1",
            "/2/notes/search/posts_eligible_for_notes" => "?test_mode=true",
            "/2/tweets/analytics" => $"?ids=1&granularity=total&{Span}",
            "/2/media/analytics" => $"?media_keys=3_1&granularity=total&{Span}",
            _ when path.EndsWith("/search/recent", StringComparison.Ordinal)
                    || path.EndsWith("/search/all", StringComparison.Ordinal)
                    || path.Contains("/counts/", StringComparison.Ordinal) && !path.Contains("rules", StringComparison.Ordinal)
                    || path.EndsWith("/search", StringComparison.Ordinal) => "?query=sandbox",
            _ => "",
        };
    }

    private static object Note =>
        new
        {
            test_mode = true,
            post_id = "1",
            info = new { text = "context" },
        };

    private Task<string> ListAsync() => MakeAsync(alice, "/2/lists", new { name = "list" });

    private Task<string> PostAsync() => alice.PostAsync($"post {++_made}");

    private async Task<string> ReplyAsync() =>
        await MakeAsync(bob, "/2/tweets", new { text = $"reply {++_made}", reply = new { in_reply_to_tweet_id = await PostAsync() } });

    private async Task<string> SubscriptionAsync() =>
        (
            await app.DataAsync(
                "POST",
                "/2/activity/subscriptions",
                new { event_type = $"event.{++_made}", filter = new { user_id = alice.Id } }
            )
        )
            .GetProperty("subscription")
            .GetProperty("subscription_id")
            .GetString()!;

    private async Task<string> MessageTargetAsync(string target)
    {
        var media = await UploadAsync();
        var sent = await alice.DataAsync(
            "POST",
            $"/2/dm_conversations/with/{bob.Id}/messages",
            new { text = "hi", attachments = new[] { new { media_id = media } } }
        );
        var conversation = sent.GetProperty("dm_conversation_id").GetString()!;
        var message = sent.GetProperty("dm_event_id").GetString()!;
        return target
            .Replace("{participant_id}", bob.Id, StringComparison.Ordinal)
            .Replace("{dm_conversation_id}", conversation, StringComparison.Ordinal)
            .Replace("{id}", conversation, StringComparison.Ordinal)
            .Replace("{event_id}", message, StringComparison.Ordinal)
            .Replace("{dm_id}", message, StringComparison.Ordinal)
            .Replace("{media_id}", media, StringComparison.Ordinal)
            .Replace("{resource_id}", "1", StringComparison.Ordinal);
    }

    private async Task<(string Target, object? Body)> MediaAsync(string method, string path)
    {
        if (path == "/2/media/{media_key}")
            return ($"/2/media/3_{await UploadAsync()}", null);
        if (path.StartsWith("/2/media/upload/{id}", StringComparison.Ordinal))
        {
            var id = await MakeAsync(alice, "/2/media/upload/initialize", Initialize);
            var appended = path.EndsWith("append", StringComparison.Ordinal);
            if (!appended)
                await alice.SendAsync("POST", $"/2/media/upload/{id}/append", Segment);
            return (path.Replace("{id}", id, StringComparison.Ordinal), appended ? Segment : null);
        }
        if (method == "GET")
            return (path == "/2/media/upload" ? $"{path}?command=STATUS&media_id={await UploadVideoAsync()}" : path, null);
        object? body = path switch
        {
            "/2/media/upload" => new
            {
                media = Pixel,
                media_category = "tweet_image",
                media_type = "image/gif",
            },
            "/2/media/upload/initialize" => Initialize,
            _ => new { id = await UploadAsync() },
        };
        return (path, body);
    }

    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

    private static object Initialize =>
        new
        {
            media_type = "image/png",
            total_bytes = Convert.FromBase64String(Pixel).Length,
            media_category = "tweet_image",
        };

    private static object Segment => new { media = Pixel, segment_index = 0 };

    private Task<string> UploadAsync() => MakeAsync(alice, "/2/media/upload", new { media = Pixel, media_category = "tweet_image" });

    private async Task<string> UploadVideoAsync()
    {
        var id = await MakeAsync(
            alice,
            "/2/media/upload/initialize",
            new
            {
                media_type = "video/mp4",
                total_bytes = Convert.FromBase64String(Pixel).Length,
                media_category = "tweet_video",
            }
        );
        await alice.SendAsync("POST", $"/2/media/upload/{id}/append", Segment);
        await alice.SendAsync("POST", $"/2/media/upload/{id}/finalize");
        return id;
    }

    private static async Task<string> MakeAsync(Caller caller, string path, object body) =>
        (await caller.DataAsync("POST", path, body)).GetProperty("id").GetString()!;
}
