using Orleans;
using OrleansTwitterProxy.Core.Queueing;

namespace OrleansTwitterProxy.Grains.Interfaces.Queueing;

[GenerateSerializer, Alias("otp.LineSnapshot")]
public struct LineSnapshotSurrogate
{
    [Id(0)] public string EndpointKey;
    [Id(1)] public int Waiting;
    [Id(2)] public DateTimeOffset NextAt;
    [Id(3)] public WaiterSnapshot[] Own;
}

[RegisterConverter]
public sealed class LineSnapshotConverter : IConverter<LineSnapshot, LineSnapshotSurrogate>
{
    public LineSnapshot ConvertFromSurrogate(in LineSnapshotSurrogate surrogate) => new(surrogate.EndpointKey, surrogate.Waiting, surrogate.NextAt, surrogate.Own);

    public LineSnapshotSurrogate ConvertToSurrogate(in LineSnapshot value) => new()
    {
        EndpointKey = value.EndpointKey,
        Waiting = value.Waiting,
        NextAt = value.NextAt,
        Own = [.. value.Own],
    };
}

[GenerateSerializer, Alias("otp.WaiterSnapshot")]
public struct WaiterSnapshotSurrogate
{
    [Id(0)] public string? RequestId;
    [Id(1)] public int Place;
    [Id(2)] public DateTimeOffset ExpectedAt;
    [Id(3)] public DateTimeOffset LeavesAt;
}

[RegisterConverter]
public sealed class WaiterSnapshotConverter : IConverter<WaiterSnapshot, WaiterSnapshotSurrogate>
{
    public WaiterSnapshot ConvertFromSurrogate(in WaiterSnapshotSurrogate surrogate) =>
        new(surrogate.RequestId, surrogate.Place, surrogate.ExpectedAt, surrogate.LeavesAt);

    public WaiterSnapshotSurrogate ConvertToSurrogate(in WaiterSnapshot value) => new()
    {
        RequestId = value.RequestId,
        Place = value.Place,
        ExpectedAt = value.ExpectedAt,
        LeavesAt = value.LeavesAt,
    };
}
