namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>What the end of a call shows about X's health.</summary>
public enum CallOutcome
{
    /// <summary>X responded normally, also with a refusal.</summary>
    Healthy,

    /// <summary>X failed.</summary>
    Faulted,

    /// <summary>The call shows nothing about X's health.</summary>
    Unknown,
}
