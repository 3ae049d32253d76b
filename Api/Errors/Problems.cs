using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Errors;

/// <summary>Turns a rejection into an RFC 9457 response. The only place that does.</summary>
public static class Problems
{
    /// <summary>Prefix of every problem's type; the reason follows.</summary>
    public const string TypePrefix = "urn:orleans-twitter-proxy:problem:";

    public const string ContentType = "application/problem+json";

    private static readonly FrozenDictionary<RejectionReason, string> Slugs = Enum.GetValues<RejectionReason>()
        .ToFrozenDictionary(reason => reason, NewSlug);

    // The body is read as JSON, never as HTML, so apostrophes stay unescaped.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the response, unless one has begun.</summary>
    /// <param name="context">The current request.</param>
    /// <param name="rejection">Why it was refused.</param>
    /// <param name="errors">Messages per field, for a request that is not valid.</param>
    public static async Task WriteAsync(HttpContext context, Rejection rejection, IReadOnlyDictionary<string, string[]>? errors = null)
    {
        var response = context.Response;
        if (response.HasStarted)
            return;
        context.RequestServices.GetRequiredService<ProxyMetrics>().Rejected(Slug(rejection.Reason));
        CallActivity.Of(context)?.Rejection = rejection.Reason;
        var row = ProblemTable.Of(rejection.Reason);
        response.StatusCode = row.Status;
        response.ContentType = ContentType;
        ResponseHeaders.Write(context); // an exception has cleared them
        if (row.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = ChallengeOf(rejection.Reason, context.Request);
        if (RetryAfterSeconds(rejection) is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);

        var body = Render(rejection, row, errors);
        response.ContentLength = body.WrittenCount;
        await response.Body.WriteAsync(body.WrittenMemory, CancellationToken.None); // small; a caller that has left is no error
    }

    /// <summary>The last part of the problem's type: <c>rate_limited</c>.</summary>
    public static string Slug(RejectionReason reason) => Slugs.TryGetValue(reason, out var slug) ? slug : NewSlug(reason);

    // Of a reason that only a newer process knows.
    private static string NewSlug(RejectionReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    private static ArrayBufferWriter<byte> Render(Rejection rejection, ProblemRow row, IReadOnlyDictionary<string, string[]>? errors)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        json.WriteString("type", TypePrefix + Slug(rejection.Reason));
        json.WriteString("title", row.Title);
        json.WriteNumber("status", row.Status);
        json.WriteString("detail", rejection.Detail);
        json.WriteString("reason", Slug(rejection.Reason));
        json.WriteBoolean("retryable", row.Retryable);
        if (RetryAfterSeconds(rejection) is { } seconds)
            json.WriteNumber("retry_after", seconds);
        if (errors is { Count: > 0 })
        {
            json.WriteStartObject("errors");
            foreach (var (field, messages) in errors)
            {
                json.WriteStartArray(field);
                foreach (var message in messages)
                    json.WriteStringValue(message);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.Flush();
        return buffer;
    }

    // RFC 9110 section 10.2.3: whole seconds, rounded up so that the caller does not come back too early.
    internal static long? RetryAfterSeconds(Rejection rejection) =>
        rejection.RetryAfter is { } after ? Math.Max(1, (long)Math.Ceiling(after.TotalSeconds)) : null;

    // RFC 6750 section 3.1 for sessions; API keys have no registered scheme.
    private static string ChallengeOf(RejectionReason reason, HttpRequest request) =>
        reason switch
        {
            RejectionReason.ApiKeyMissing or RejectionReason.ApiKeyInvalid => "ApiKey header=\"X-Api-Key\"",
            // A script of the console asks for the key itself.
            RejectionReason.AdminKeyInvalid when request.Headers["Sec-Fetch-Mode"].ToString() is "cors" or "same-origin" =>
                "AdminKey header=\"X-Admin-Key\"",
            // Makes a browser ask for the key.
            RejectionReason.AdminKeyInvalid => "Basic realm=\"OrleansTwitterProxy operators\", charset=\"UTF-8\"",
            RejectionReason.SessionMissing => "Bearer",
            _ => "Bearer error=\"invalid_token\"",
        };
}
