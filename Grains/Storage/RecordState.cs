using Orleans;

namespace OrleansTwitterProxy.Grains.Storage;

/// <summary>A record of Core as it lies in grain storage: its JSON, the same that the embedded engine writes to SQLite.</summary>
[GenerateSerializer, Alias("otp.RecordState")]
public sealed class RecordState
{
    [Id(0)]
    public string? Json { get; set; }
}
