using Orleans;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Grains.Interfaces.Circuit;

[GenerateSerializer, Alias("otp.CircuitBoard")]
public struct CircuitBoardSurrogate
{
    [Id(0)] public long Epoch;
    [Id(1)] public long Sequence;
    [Id(2)] public FamilyState[] Families;
    [Id(3)] public WindowSnapshot[] AppWindows;
}

[RegisterConverter]
public sealed class CircuitBoardConverter : IConverter<CircuitBoard, CircuitBoardSurrogate>
{
    public CircuitBoard ConvertFromSurrogate(in CircuitBoardSurrogate surrogate) => new(surrogate.Epoch, surrogate.Sequence, surrogate.Families, surrogate.AppWindows);

    public CircuitBoardSurrogate ConvertToSurrogate(in CircuitBoard value) => new()
    {
        Epoch = value.Epoch,
        Sequence = value.Sequence,
        Families = [.. value.Families],
        AppWindows = [.. value.AppWindows],
    };
}

[GenerateSerializer, Alias("otp.FamilyState")]
public struct FamilyStateSurrogate
{
    [Id(0)] public string Family;
    [Id(1)] public int State;
    [Id(2)] public DateTimeOffset OpenUntil;
}

[RegisterConverter]
public sealed class FamilyStateConverter : IConverter<FamilyState, FamilyStateSurrogate>
{
    public FamilyState ConvertFromSurrogate(in FamilyStateSurrogate surrogate) => new(surrogate.Family, (CircuitState)surrogate.State, surrogate.OpenUntil);

    public FamilyStateSurrogate ConvertToSurrogate(in FamilyState value) => new() { Family = value.Family, State = (int)value.State, OpenUntil = value.OpenUntil };
}

[GenerateSerializer, Alias("otp.NodeReport")]
public struct NodeReportSurrogate
{
    [Id(0)] public FamilyTally[] Tallies;
    [Id(1)] public WindowSnapshot[] AppWindows;
}

[RegisterConverter]
public sealed class NodeReportConverter : IConverter<NodeReport, NodeReportSurrogate>
{
    public NodeReport ConvertFromSurrogate(in NodeReportSurrogate surrogate) => new(surrogate.Tallies, surrogate.AppWindows);

    public NodeReportSurrogate ConvertToSurrogate(in NodeReport value) => new() { Tallies = [.. value.Tallies], AppWindows = [.. value.AppWindows] };
}

[GenerateSerializer, Alias("otp.FamilyTally")]
public struct FamilyTallySurrogate
{
    [Id(0)] public string Family;
    [Id(1)] public int Healthy;
    [Id(2)] public int Faulted;
}

[RegisterConverter]
public sealed class FamilyTallyConverter : IConverter<FamilyTally, FamilyTallySurrogate>
{
    public FamilyTally ConvertFromSurrogate(in FamilyTallySurrogate surrogate) => new(surrogate.Family, surrogate.Healthy, surrogate.Faulted);

    public FamilyTallySurrogate ConvertToSurrogate(in FamilyTally value) => new() { Family = value.Family, Healthy = value.Healthy, Faulted = value.Faulted };
}

[GenerateSerializer, Alias("otp.ProbeAnswer")]
public struct ProbeAnswerSurrogate
{
    [Id(0)] public string? ProbeId;
    [Id(1)] public TimeSpan? RetryAfter;
    [Id(2)] public CircuitBoard Board;
}

[RegisterConverter]
public sealed class ProbeAnswerConverter : IConverter<ProbeAnswer, ProbeAnswerSurrogate>
{
    public ProbeAnswer ConvertFromSurrogate(in ProbeAnswerSurrogate surrogate) => new(surrogate.ProbeId, surrogate.RetryAfter, surrogate.Board);

    public ProbeAnswerSurrogate ConvertToSurrogate(in ProbeAnswer value) => new() { ProbeId = value.ProbeId, RetryAfter = value.RetryAfter, Board = value.Board };
}

[GenerateSerializer, Alias("otp.CircuitSnapshot")]
public struct CircuitSnapshotSurrogate
{
    [Id(0)] public string Family;
    [Id(1)] public int State;
    [Id(2)] public TimeSpan? RetryAfter;
}

[RegisterConverter]
public sealed class CircuitSnapshotConverter : IConverter<CircuitSnapshot, CircuitSnapshotSurrogate>
{
    public CircuitSnapshot ConvertFromSurrogate(in CircuitSnapshotSurrogate surrogate) => new(surrogate.Family, (CircuitState)surrogate.State, surrogate.RetryAfter);

    public CircuitSnapshotSurrogate ConvertToSurrogate(in CircuitSnapshot value) => new() { Family = value.Family, State = (int)value.State, RetryAfter = value.RetryAfter };
}
