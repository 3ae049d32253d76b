using Orleans;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Grains.Interfaces.RateLimits;

[GenerateSerializer, Alias("otp.WindowSnapshot")]
public struct WindowSnapshotSurrogate
{
    [Id(0)] public string EndpointKey;
    [Id(1)] public int Kind;
    [Id(2)] public long Limit;
    [Id(3)] public long Remaining;
    [Id(4)] public DateTimeOffset? ResetAt;
    [Id(5)] public bool Stated;
}

[RegisterConverter]
public sealed class WindowSnapshotConverter : IConverter<WindowSnapshot, WindowSnapshotSurrogate>
{
    public WindowSnapshot ConvertFromSurrogate(in WindowSnapshotSurrogate surrogate) => new(
        surrogate.EndpointKey, (WindowKind)surrogate.Kind, surrogate.Limit, surrogate.Remaining, surrogate.ResetAt, surrogate.Stated);

    public WindowSnapshotSurrogate ConvertToSurrogate(in WindowSnapshot value) => new()
    {
        EndpointKey = value.EndpointKey,
        Kind = (int)value.Kind,
        Limit = value.Limit,
        Remaining = value.Remaining,
        ResetAt = value.ResetAt,
        Stated = value.Stated,
    };
}

[GenerateSerializer, Alias("otp.LimitsSnapshot")]
public struct LimitsSnapshotSurrogate
{
    [Id(0)] public WindowSnapshot[] Windows;
    [Id(10)] public LineSnapshot[]? Lines; // null: from a version that had none
}

[RegisterConverter]
public sealed class LimitsSnapshotConverter : IConverter<LimitsSnapshot, LimitsSnapshotSurrogate>
{
    public LimitsSnapshot ConvertFromSurrogate(in LimitsSnapshotSurrogate surrogate) => new(surrogate.Windows, surrogate.Lines ?? []);

    public LimitsSnapshotSurrogate ConvertToSurrogate(in LimitsSnapshot value) => new() { Windows = [.. value.Windows], Lines = [.. value.Lines] };
}
