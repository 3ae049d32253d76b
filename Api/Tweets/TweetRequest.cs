using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using OrleansTwitterProxy.Api.Errors;

namespace OrleansTwitterProxy.Api.Tweets;

/// <summary>Body of POST /v1/tweets and of a reply: X's own fields (POST /2/tweets), passed on unchanged.</summary>
public sealed record TweetRequest
{
    /// <summary>The text. Optional when there is media or a poll.</summary>
    public string? Text { get; init; }

    /// <summary>Every other field of X's POST /2/tweets: media, poll, quote_tweet_id, reply_settings...</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement> Others { get; init; } = [];

    // What X can post without a text; whether it does is for X to say.
    private static readonly string[] Contents = ["media", "poll", "quote_tweet_id", "card_uri", "direct_message_deep_link"];

    /// <summary>The rejection for an invalid body, with the field; null when valid. X checks the rest.</summary>
    internal ProblemResult? Fault()
    {
        if (string.IsNullOrWhiteSpace(Text) && !Contents.Any(Has))
            return ProblemResult.Invalid("text", "a tweet needs a text, or media, a poll, a card or a quoted tweet.");
        if (Others.ContainsKey("reply"))
            return ProblemResult.Invalid("reply", "post replies to /v1/tweets/{id}/replies, which sets this field.");
        return Others.FirstOrDefault(IsNotText) is { Key: { } field }
            ? ProblemResult.Invalid(field, "it has bytes that are not UTF-8.")
            : null;
    }

    /// <summary>The body for X; all other fields go on as they were written.</summary>
    internal ReadOnlyMemory<byte> ToX(string? inReplyTo)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        if (Text is not null)
            json.WriteString("text", Text);
        foreach (var (name, value) in Others)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value));
        }

        if (inReplyTo is not null)
        {
            json.WriteStartObject("reply");
            json.WriteString("in_reply_to_tweet_id", inReplyTo);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private bool Has(string field) => Others.TryGetValue(field, out var value) && value.ValueKind is not JsonValueKind.Null;

    // The framework replaces such bytes in names, and leaves values as they were written.
    private static bool IsNotText(KeyValuePair<string, JsonElement> field) =>
        field.Key.Contains('\uFFFD') || !Utf8.IsValid(JsonMarshal.GetRawUtf8Value(field.Value));
}
