using Orleans;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>A client's own limits: a token bucket, and the number of calls in flight. Terms as in System.Threading.RateLimiting.</summary>
/// <param name="TokenLimit">Size of the bucket; null for no rate limit.</param>
/// <param name="TokensPerPeriod">Calls per period, on average.</param>
/// <param name="ReplenishmentPeriod">The period.</param>
/// <param name="PermitLimit">Calls in flight at the same time; null for no limit.</param>
[GenerateSerializer, Immutable, Alias("otp.ClientLimit")]
public sealed record ClientLimit(
    [property: Id(0)] int? TokenLimit,
    [property: Id(1)] int TokensPerPeriod,
    [property: Id(2)] TimeSpan ReplenishmentPeriod,
    [property: Id(3)] int? PermitLimit
)
{
    internal static ClientLimit? Of(ClientOptions options) =>
        options.TokenLimit is null && options.PermitLimit is null
            ? null
            : new(options.TokenLimit, options.TokensPerPeriod ?? options.TokenLimit ?? 0, options.ReplenishmentPeriod, options.PermitLimit);

    /// <summary>An equal part of each limit, at least 1.</summary>
    internal ClientLimit PartOf(int parts) =>
        new(Part(TokenLimit, parts), Part(TokensPerPeriod, parts) ?? 0, ReplenishmentPeriod, Part(PermitLimit, parts));

    private static int? Part(int? whole, int parts) => whole is { } value ? Math.Max(1, value / parts) : null;
}
