using Microsoft.AspNetCore.Mvc;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// The bound on the bodies of the routes that read JSON whole. Authorization runs before the body is read, so only known callers cost this
/// memory.
/// </summary>
internal static class BodyBounds
{
    /// <summary>
    /// X's longest text has 25,000 characters, and a character takes up to 12 bytes in JSON; the rest of a tweet is small.
    /// </summary>
    private const long SmallBodyBytes = 512 * 1024;

    public static TBuilder TakesSmallBodies<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RequestSizeLimitAttribute(SmallBodyBytes));
}
