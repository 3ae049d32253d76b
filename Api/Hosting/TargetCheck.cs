using Microsoft.AspNetCore.Http.Features;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Refuses a request target with a bare control character, which no URI has (RFC 3986 section 2). The server takes all but NUL, and what
/// repeats the target in a header field, as a redirect does, would fail. Escaped ones are each route's matter.
/// </summary>
internal static class TargetCheck
{
    /// <summary>Stands before routing.</summary>
    public static void UseTargetCheck(this WebApplication app) =>
        app.Use(
            static (context, next) =>
                IsVisible(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget)
                    ? next(context)
                    : Problems.WriteAsync(
                        context,
                        new(RejectionReason.InvalidPath, "The request target has a control character in it. Escape it, or leave it out.")
                    )
        );

    // U+0021 to U+007E; the server has refused spaces and anything that is not ASCII.
    private static bool IsVisible(string target) => target.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;
}
