using System.Text.Json;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>A body of POST /2/tweets, with the fields needed to find the resulting post (X's OpenAPI 2.167, TweetCreateRequest).</summary>
internal sealed record PostDraft
{
    private static readonly string[] PlainFields = ["text", "reply", "reply_settings"];

    public string Text { get; private init; } = "";

    public string? ReplyTo { get; private init; }

    public string? QuoteOf { get; private init; }

    public IReadOnlyList<string> MediaIds { get; private init; } = [];

    public bool HasPoll { get; private init; }

    /// <summary>
    /// Whether X itself would reject a repetition as a duplicate: only text, perhaps as a reply. With media, a quote or a poll, X adds a
    /// different link to each post, and it is not documented whether those count as duplicates. Posts of a community are not in the
    /// timeline.
    /// </summary>
    public bool IsPlain { get; private init; }

    /// <returns>Null when the body is not the JSON that X accepts.</returns>
    public static PostDraft? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object)
                return null;
            var text = StringOf(root, "text") ?? "";
            return new()
            {
                Text = text,
                ReplyTo = root.TryGetProperty("reply", out var reply) ? StringOf(reply, "in_reply_to_tweet_id") : null,
                QuoteOf = StringOf(root, "quote_tweet_id"),
                MediaIds =
                    root.TryGetProperty("media", out var media) && media.TryGetProperty("media_ids", out var ids)
                        ? [.. ids.EnumerateArray().Select(id => id.GetString() ?? "")]
                        : [],
                HasPoll = root.TryGetProperty("poll", out _),
                IsPlain = !string.IsNullOrWhiteSpace(text) && root.EnumerateObject().All(field => PlainFields.Contains(field.Name)),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Whether a post of the account's timeline can be the result of this draft.</summary>
    /// <param name="post">With <c>referenced_tweets</c>, <c>attachments</c>, <c>entities</c> and <c>note_tweet</c>.</param>
    public bool IsShownAs(JsonElement post) =>
        Referenced(post, "retweeted") is null
        && Referenced(post, "replied_to") == ReplyTo
        && Referenced(post, "quoted") == QuoteOf
        && Attached(post, "poll_ids").Any() == HasPoll
        // A media key is the media kind and id: 3_1234.
        && Attached(post, "media_keys")
            .Select(key => key[(key.IndexOf('_', StringComparison.Ordinal) + 1)..])
            .Order(StringComparer.Ordinal)
            .SequenceEqual(MediaIds.Order(StringComparer.Ordinal))
        && ShownText.IsOf(Text, post, ReplyTo is not null, (MediaIds.Count > 0 ? 1 : 0) + (QuoteOf is null ? 0 : 1));

    private static string? Referenced(JsonElement post, string type) =>
        post.TryGetProperty("referenced_tweets", out var references)
            ? references
                .EnumerateArray()
                .Where(reference => StringOf(reference, "type") == type)
                .Select(reference => StringOf(reference, "id"))
                .FirstOrDefault()
            : null;

    private static IEnumerable<string> Attached(JsonElement post, string kind) =>
        post.TryGetProperty("attachments", out var attachments) && attachments.TryGetProperty(kind, out var keys)
            ? keys.EnumerateArray().Select(key => key.GetString() ?? "")
            : [];

    private static string? StringOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
