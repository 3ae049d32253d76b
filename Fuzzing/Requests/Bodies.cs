using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>JSON made from valid JSON: types swapped, names doubled, deep nesting, lone surrogates, huge numbers, truncation.</summary>
internal static class Bodies
{
    private static readonly string[] AtX =
    [
        """{"text":"Hello","reply":{"in_reply_to_tweet_id":"{tweet}"},"reply_settings":"following"}""",
        """{"text":"Hello","media":{"media_ids":["1"],"upload_ids":["{upload}"],"tagged_user_ids":["1"]}}""",
        """{"text":"Hello","poll":{"options":["a","b"],"duration_minutes":60},"for_super_followers_only":false}""",
        """{"tweet_id":"{tweet}"}""",
        """{"target_user_id":"{other}"}""",
        """{"media_type":"image/png","total_bytes":100,"media_category":"tweet_image"}""",
        """{"id":"1","metadata":{"alt_text":{"text":"a"}}}""",
        """{"add":[{"value":"cat","tag":"a"}]}""",
    ];

    private static readonly string[] Raw =
    [
        "",
        "null",
        "[]",
        "0",
        "\"\"",
        "{",
        "{}}",
        "{\"\":0}",
        "{\"text\":\"\\ud800\"}",
        "{\"text\":\"\\u0000\"}",
        "{\"text\":1e99999}",
        "\ufeff{}",
        "{'a':1}",
        "{\"a\":1,}",
        "/**/{}",
        "NaN",
    ];

    /// <summary>A JSON body for an operation; one character is one byte.</summary>
    public static string Json(Operation operation, Route route, Fixture fixture, Random random)
    {
        if (random.Chance(0.1))
            return Odd.Wire(random.OneOf(Raw));
        if (random.Chance(0.03))
            return Nested(random.Next(30, 3_000), random.OneOf(["[", "{\"a\":"]));
        var text = new StringBuilder();
        Write(text, Valid(operation, route, fixture, random), random, random.OneOf([0, 0.05, 0.2, 0.5]));
        var whole = Odd.Wire(text.ToString());
        return random.Chance(0.15) ? Odd.Mutated(whole, random) : whole;
    }

    /// <summary>A form with a file; its framing is wrong now and then.</summary>
    public static string Multipart(string boundary, Random random)
    {
        var form = new StringBuilder();
        foreach (var name in (string[])["media", "media_category", "segment_index", "command", Odd.Wire(Odd.Text(random))])
        {
            form.Append(random.Chance(0.95) ? $"--{boundary}\r\n" : "--wrong\r\n");
            form.Append(CultureInfo.InvariantCulture, $"Content-Disposition: form-data; name=\"{name}\"");
            if (random.Chance(0.4))
                form.Append(CultureInfo.InvariantCulture, $"; filename=\"{Odd.Wire(Odd.Text(random))}\"");
            form.Append(random.Chance(0.9) ? "\r\n\r\n" : "\n").Append(Odd.Wire(Odd.Text(random))).Append("\r\n");
        }

        return form.Append(random.Chance(0.8) ? $"--{boundary}--\r\n" : "").ToString();
    }

    private static JsonNode? Valid(Operation operation, Route route, Fixture fixture, Random random)
    {
        if (operation.Fields.Count == 0 || operation.Fields.Contains("text"))
        {
            var template = random
                .OneOf(AtX)
                .Replace("{tweet}", fixture.TweetId, StringComparison.Ordinal)
                .Replace("{upload}", random.Chance(0.5) ? fixture.UploadId : fixture.Other.UploadId, StringComparison.Ordinal)
                .Replace("{other}", fixture.Other.AccountId, StringComparison.Ordinal);
            return JsonNode.Parse(template);
        }

        JsonObject body = [];
        foreach (var field in operation.Fields)
        {
            body[field] = field is "scopes"
                ? new JsonArray("tweet.read", "users.read", "offline.access", random.Chance(0.3) ? Odd.Text(random) : "like.read")
                : fixture.ValueOf(field, operation.IsForOperators) ?? Odd.Text(random);
        }

        if (route.Path.EndsWith("dry-run", StringComparison.Ordinal) && random.Chance(0.5))
            body["path"] = Paths.AtX(fixture, random);
        return body;
    }

    // Own writer: a serializer would not write a name twice or half a surrogate pair.
    private static void Write(StringBuilder text, JsonNode? node, Random random, double wrong)
    {
        if (random.Chance(wrong))
        {
            Replace(text, node, random, wrong);
            return;
        }

        switch (node)
        {
            case JsonObject fields:
                text.Append('{');
                foreach (var (name, value) in fields)
                {
                    for (var times = random.Chance(wrong / 3) ? 2 : 1; times > 0; times--)
                    {
                        text.Append(text[^1] == '{' ? "" : ",");
                        Quote(text, random.Chance(wrong / 3) ? Odd.Text(random) : name);
                        text.Append(':');
                        Write(text, value, random, wrong);
                    }
                }

                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                foreach (var item in items)
                {
                    text.Append(text[^1] == '[' ? "" : ",");
                    Write(text, item, random, wrong);
                }

                text.Append(']');
                break;
            case JsonValue value when value.GetValueKind() is JsonValueKind.String:
                Quote(text, value.GetValue<string>());
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    private static void Replace(StringBuilder text, JsonNode? node, Random random, double wrong)
    {
        switch (random.Next(8))
        {
            case 0:
                text.Append(random.OneOf(["null", "true", "0", "-1", "1e999", "99999999999999999999999", "\"\"", "[]", "{}"]));
                break;
            case 1:
                text.Append('[');
                Write(text, node, random, wrong / 2);
                text.Append(']');
                break;
            case 2:
                text.Append("{\"a\":");
                Write(text, node, random, wrong / 2);
                text.Append('}');
                break;
            case 3:
                text.Append("\"\\ud800\"");
                break;
            case 4:
                Quote(text, new string('x', random.Next(100_000)));
                break;
            case 5:
                text.Append(Nested(random.Next(1, 100), "["));
                break;
            default:
                Quote(text, Odd.Text(random));
                break;
        }
    }

    private static string Nested(int depth, string open) =>
        string.Concat(Enumerable.Repeat(open, depth)) + "0" + new string(open == "[" ? ']' : '}', depth);

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\' or < ' ' || char.IsSurrogate(c))
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                text.Append(c);
        }

        text.Append('"');
    }
}
