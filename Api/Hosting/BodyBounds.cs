using Microsoft.AspNetCore.Mvc;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// The size limit of routes that read a whole JSON body. Authorization runs before the body is read, so only authenticated callers can use
/// this memory.
/// </summary>
internal static class BodyBounds
{
    /// <summary>X's longest text has 25,000 characters of up to 12 bytes each in JSON; the rest of a tweet is small.</summary>
    private const long SmallBodyBytes = 512 * 1024;

    public static TBuilder TakesSmallBodies<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RequestSizeLimitAttribute(SmallBodyBytes));
}
