using System.Globalization;
using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>A failure to connect.</summary>
/// <param name="Answer">X's answer, or the proxy's rejection.</param>
/// <param name="Until">When X may be asked again.</param>
/// <param name="IsFinal">Whether nothing is tried by itself.</param>
internal sealed record StreamFailure(ForwardResponse Answer, DateTimeOffset Until, bool IsFinal)
{
    private const string RetryAfter = "Retry-After";

    /// <summary>The answer as it is told at an instant, with the time until X may be asked again.</summary>
    public ForwardResponse At(DateTimeOffset now)
    {
        var left = Until - now;
        if (left <= TimeSpan.Zero)
            return Answer;
        if (Answer.Rejection is { } rejection)
            return Answer with { Rejection = rejection with { RetryAfter = left } };
        var seconds = Math.Max(1, (long)Math.Ceiling(left.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Answer with
        {
            Headers =
            [
                .. Answer.Headers.Where(field => !field.Name.Equals(RetryAfter, StringComparison.OrdinalIgnoreCase)),
                new(RetryAfter, seconds),
            ],
        };
    }
}
