using Microsoft.Extensions.Primitives;
using OrleansTwitterProxy.Api.Telemetry;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// The header fields of every response, whatever its status: nothing is cached, guessed to be another type, framed, or told to the next
/// site as a referrer. They are written before anything else runs. A page then replaces the content policy by its own.
/// </summary>
internal static class ResponseHeaders
{
    private const string ReferrerPolicy = "Referrer-Policy";

    private static readonly StringValues NoStore = new("no-store");
    private static readonly StringValues NoSniff = new("nosniff");
    private static readonly StringValues NoReferrer = new("no-referrer"); // URLs have codes in them: the callback's, and the home page's
    private static readonly StringValues NoContent = new("default-src 'none'; frame-ancestors 'none'");

    /// <summary>Stands after <see cref="RequestIds"/> and before everything else in the pipeline.</summary>
    public static void UseResponseHeaders(this WebApplication app) =>
        app.Use(
            static (context, next) =>
            {
                Write(context);
                return next(context);
            }
        );

    /// <summary>For a response whose header fields were cleared, as the framework does after an exception.</summary>
    public static void Write(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers[RequestIds.Header] = context.TraceIdentifier;
        headers.CacheControl = NoStore;
        headers.XContentTypeOptions = NoSniff;
        headers.ContentSecurityPolicy = NoContent;
        headers[ReferrerPolicy] = NoReferrer;
    }
}
