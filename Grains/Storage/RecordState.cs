using Orleans;

namespace OrleansTwitterProxy.Grains.Storage;

/// <summary>A record of Core in grain storage: its JSON, the same in SQLite and PostgreSQL.</summary>
[GenerateSerializer, Alias("otp.RecordState")]
public sealed class RecordState
{
    [Id(0)]
    public string? Json { get; set; }
}
