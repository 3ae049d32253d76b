using System.Globalization;
using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>A failure to connect, as it is told while the next attempt is waited for.</summary>
internal static class StreamFailure
{
    private const string RetryAfter = "Retry-After";

    /// <param name="failure">X's answer, or the proxy's rejection.</param>
    /// <param name="left">Until the next attempt; none when it is not positive.</param>
    public static ForwardResponse Until(ForwardResponse failure, TimeSpan left)
    {
        if (left <= TimeSpan.Zero)
            return failure;
        if (failure.Rejection is { } rejection)
            return failure with { Rejection = rejection with { RetryAfter = left } };
        var seconds = Math.Max(1, (long)Math.Ceiling(left.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return failure with
        {
            Headers =
            [
                .. failure.Headers.Where(field => !field.Name.Equals(RetryAfter, StringComparison.OrdinalIgnoreCase)),
                new(RetryAfter, seconds),
            ],
        };
    }
}
