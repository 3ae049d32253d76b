using System.Text.Json;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>X's answer to a media call, read for what an upload needs of it.</summary>
/// <param name="MediaId"><c>data.id</c>; in the older form <c>media_id_string</c> or <c>media_id</c>, with no <c>data</c> around
/// it.</param>
/// <param name="ExpiresAfter"><c>expires_after_secs</c>.</param>
/// <param name="Processing"><c>processing_info</c>; null in an answer about the media: ready now.</param>
internal sealed record TwitterMediaResponse(string? MediaId, TimeSpan? ExpiresAfter, TwitterMediaProcessing? Processing)
{
    public static TwitterMediaResponse Of(ForwardResponse response)
    {
        if (Root(response) is not { } root)
            return new(null, null, null);
        var data = root.TryGetProperty("data", out var wrapped) && wrapped.ValueKind == JsonValueKind.Object ? wrapped : root;
        return new(
            Text(data, "id") ?? Text(data, "media_id_string") ?? Text(data, "media_id"),
            Seconds(data, "expires_after_secs"),
            data.TryGetProperty("processing_info", out var processing) && processing.ValueKind == JsonValueKind.Object
                ? TwitterMediaProcessing.Of(processing)
                : null
        )
        {
            IsErrorsAlone =
                !HasData(root)
                && root.TryGetProperty("errors", out var errors)
                && errors.ValueKind is JsonValueKind.Array
                && errors.GetArrayLength() > 0,
        };
    }

    /// <summary>Whether the answer has nothing but errors in it: X says 200, and refuses.</summary>
    public bool IsErrorsAlone { get; private init; }

    /// <summary>
    /// Whether this says how X is with a media: it names it, or tells of processing. A 200 may also have nothing but errors in it,
    /// or be a page of X's edge.
    /// </summary>
    public bool IsAbout(string mediaId) => MediaId == mediaId || (MediaId is null && Processing is not null);

    internal static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal static TimeSpan? Seconds(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds)
        && seconds is > 0 and < 1e8
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static bool HasData(JsonElement root) =>
        root.TryGetProperty("data", out var data)
        && data.ValueKind is not JsonValueKind.Null
        && (data.ValueKind is not JsonValueKind.Object || data.EnumerateObject().Any());

    private static JsonElement? Root(ForwardResponse response)
    {
        try
        {
            var root = JsonSerializer.Deserialize<JsonElement>(ReadableBody.Of(response.Headers, response.Body).Span);
            return root.ValueKind == JsonValueKind.Object ? root : null;
        }
        catch (JsonException)
        {
            return null; // empty, or a page of X's edge
        }
    }
}

/// <summary>X at work on an upload.</summary>
/// <param name="State">pending, in_progress, succeeded or failed; unknown ones count as in progress.</param>
/// <param name="CheckAfter">When to ask again.</param>
/// <param name="Percent">0 to 100, if told.</param>
/// <param name="Error">X's words on what went wrong; null when it tells of no error.</param>
internal sealed record TwitterMediaProcessing(string State, TimeSpan CheckAfter, int? Percent, string? Error)
{
    private static readonly TimeSpan DefaultCheck = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestCheck = TimeSpan.FromMinutes(1);

    public static TwitterMediaProcessing Of(JsonElement json)
    {
        var check = TwitterMediaResponse.Seconds(json, "check_after_secs") ?? DefaultCheck;
        int? percent =
            json.TryGetProperty("progress_percent", out var told)
            && told.ValueKind == JsonValueKind.Number
            && told.TryGetInt32(out var number)
                ? Math.Clamp(number, 0, 100)
                : null;
        var error = json.TryGetProperty("error", out var e)
            ? e.ValueKind switch
            {
                JsonValueKind.Object => TwitterMediaResponse.Text(e, "message")
                    ?? TwitterMediaResponse.Text(e, "detail")
                    ?? TwitterMediaResponse.Text(e, "name"),
                JsonValueKind.String => e.GetString(),
                _ => null,
            }
            : null;
        return new(
            TwitterMediaResponse.Text(json, "state")?.ToLowerInvariant() ?? "",
            check < LongestCheck ? check : LongestCheck,
            percent,
            error
        );
    }
}
