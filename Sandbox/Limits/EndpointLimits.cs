namespace OrleansTwitterProxy.Sandbox;

/// <summary>Calls allowed at one endpoint; null means that X has no such window. Source: X's published limits.</summary>
public sealed record EndpointLimits
{
    /// <summary>Calls per account in 15 minutes: x-rate-limit-*.</summary>
    public int? PerUser { get; init; }

    /// <summary>Calls per account in 24 hours: x-user-limit-24hour-*.</summary>
    public int? PerUserDay { get; init; }

    /// <summary>Calls per account in a second; x-rate-limit-* of the call that it refuses.</summary>
    public int? PerUserSecond { get; init; }

    /// <summary>Calls in a second with an app-only bearer token; x-rate-limit-* of the call that it refuses.</summary>
    public int? PerAppSecond { get; init; }

    /// <summary>Calls in 15 minutes with an app-only bearer token: x-rate-limit-* of those calls.</summary>
    public int? PerApp { get; init; }

    /// <summary>Calls of all accounts together in 24 hours: x-app-limit-24hour-*.</summary>
    public int? PerAppDay { get; init; }

    internal static EndpointLimits None { get; } = new();
}
