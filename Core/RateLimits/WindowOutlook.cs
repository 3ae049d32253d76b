namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>What an owner's windows on one endpoint hold for calls to come, as far as is known.</summary>
/// <param name="Left">Calls that fit now.</param>
/// <param name="OpensAt">When more will fit.</param>
/// <param name="PerWindow">How many then: the narrowest window's limit.</param>
/// <param name="Length">How long that window is.</param>
public readonly record struct WindowOutlook(long Left, DateTimeOffset OpensAt, long PerWindow, TimeSpan Length);
