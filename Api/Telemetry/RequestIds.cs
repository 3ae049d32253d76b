using System.Diagnostics;
using Microsoft.Extensions.Primitives;

namespace OrleansTwitterProxy.Api.Telemetry;

/// <summary>
/// The id of each request: its caller's <c>X-Request-Id</c>, or a new one. Every response has it, and every line of the log that is about
/// one request.
/// </summary>
internal static class RequestIds
{
    public const string Header = "X-Request-Id";

    private const int MaxLength = 128;

    /// <summary>Stands before everything else in the pipeline. From then on it is the request's <c>TraceIdentifier</c>.</summary>
    public static void UseRequestIds(this WebApplication app) =>
        app.Use(
            static (context, next) =>
            {
                context.TraceIdentifier = Of(context.Request.Headers[Header]) ?? Guid.CreateVersion7().ToString("N");
                Activity.Current?.SetTag("otp.request_id", context.TraceIdentifier);
                return next(context);
            }
        );

    // One that cannot be printed in a line of the log, or is too long for it, is replaced.
    private static string? Of(StringValues header) =>
        header is [{ Length: > 0 and <= MaxLength } id] && id.All(c => c is > ' ' and <= '~') ? id : null;
}
