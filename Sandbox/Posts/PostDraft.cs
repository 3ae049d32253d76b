namespace OrleansTwitterProxy.Sandbox;

internal sealed record PollDraft(IReadOnlyList<string> Options, int DurationMinutes);

/// <summary>The validated body of POST /2/tweets.</summary>
internal sealed record PostDraft(string Text)
{
    public long? ReplyTo { get; init; }
    public long? QuoteOf { get; init; }
    public IReadOnlyList<string> MediaIds { get; init; } = [];
    public PollDraft? Poll { get; init; }
    public string? ReplySettings { get; init; }

    /// <summary>Reads the body and collects errors in it; the draft is valid only if there are none.</summary>
    public static PostDraft Read(JsonBody body)
    {
        body.Allow(
            "text",
            "reply",
            "quote_tweet_id",
            "media",
            "poll",
            "reply_settings",
            "community_id",
            "share_with_followers",
            "geo",
            "nullcast",
            "card_uri",
            "direct_message_deep_link",
            "for_super_followers_only",
            "made_with_ai",
            "paid_partnership",
            "edit_options"
        );
        var media = body.Object("media");
        var draft = new PostDraft(body.Text("text") ?? "")
        {
            ReplyTo = ReadReply(body),
            QuoteOf = body.Id("quote_tweet_id"),
            MediaIds = media is null ? [] : ReadMedia(media),
            Poll = ReadPoll(body),
            ReplySettings = body.Text("reply_settings"),
        };
        draft.Check(body);
        return draft;
    }

    /// <summary>Posts of one account with the same key are duplicates.</summary>
    public string DuplicateKey(User author) => $"{author.Id}\n{ReplyTo}\n{QuoteOf}\n{string.Join(',', MediaIds)}\n{Text}";

    private void Check(JsonBody body)
    {
        if (Text.Length == 0 && MediaIds.Count == 0 && Poll is null)
            body.Fail("text", Text, "is missing but it is required");
        if (PostText.Weigh(Text) is var weight && weight > PostText.MaxWeight)
            body.Fail("text", Text, $"has a weighted length of {weight}, more than {PostText.MaxWeight}");
        if (ReplySettings is not (null or "everyone" or "following" or "mentionedUsers" or "subscribers" or "verified"))
            body.Fail("reply_settings", ReplySettings, "is not one of [following, mentionedUsers, subscribers, verified]");
        if (new[] { MediaIds.Count > 0, Poll is not null, QuoteOf is not null }.Count(given => given) > 1)
            body.Fail("media", "", "media, poll and quote_tweet_id are mutually exclusive");
    }

    private static long? ReadReply(JsonBody body)
    {
        if (body.Object("reply") is not { } reply)
            return null;
        reply.Allow("in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata");
        return reply.RequiredId("in_reply_to_tweet_id");
    }

    private static string[] ReadMedia(JsonBody media)
    {
        media.Allow("media_ids", "tagged_user_ids");
        if (!media.Has("media_ids"))
            media.Fail("media_ids", "", "is missing but it is required");
        media.Texts("tagged_user_ids", 0, 10);
        return media.Texts("media_ids", 1, 4);
    }

    private static PollDraft? ReadPoll(JsonBody body)
    {
        if (body.Object("poll") is not { } poll)
            return null;
        poll.Allow("options", "duration_minutes", "reply_settings");
        var options = poll.Texts("options", 2, 4);
        if (options.Length == 0)
            poll.Fail("options", "", "is missing but it is required");
        if (options.FirstOrDefault(option => option.Length is 0 or > 25) is { } bad)
            poll.Fail("options", bad, "must be 1 to 25 characters long");
        if (!poll.Has("duration_minutes"))
            poll.Fail("duration_minutes", "", "is missing but it is required");
        return new PollDraft(options, (int)(poll.Number("duration_minutes", 5, 10_080) ?? 5));
    }
}
