namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>What a call's end says about X's health.</summary>
public enum CallOutcome
{
    /// <summary>X answered as X should, were it with a refusal.</summary>
    Healthy,

    /// <summary>X failed.</summary>
    Faulted,

    /// <summary>Nothing can be said.</summary>
    Unknown,
}
