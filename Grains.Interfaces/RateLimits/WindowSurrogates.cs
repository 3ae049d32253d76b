using Orleans;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
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

/// <summary>The first version knew a window without where its use leads: that came as two more arrays beside it. What is null is from a version that had none.</summary>
[GenerateSerializer, Alias("otp.LimitsSnapshot")]
public struct LimitsSnapshotSurrogate
{
    [Id(0)] public WindowSnapshot[] Windows;
    [Id(1)] public double[]? PerMinute;
    [Id(2)] public DateTimeOffset?[]? ExhaustedAt;
    [Id(3)] public UsageCap[]? Caps;
    [Id(10)] public LineSnapshot[]? Lines; // null: from a version that had none
}

[RegisterConverter]
public sealed class LimitsSnapshotConverter : IConverter<LimitsSnapshot, LimitsSnapshotSurrogate>
{
    public LimitsSnapshot ConvertFromSurrogate(in LimitsSnapshotSurrogate surrogate)
    {
        var (rates, ends) = (surrogate.PerMinute ?? [], surrogate.ExhaustedAt ?? []);
        var windows = surrogate.Windows.Select((window, i) => new WindowForecast(
            window.EndpointKey, window.Kind, window.Limit, window.Remaining, window.ResetAt, window.Stated, rates.ElementAtOrDefault(i), ends.ElementAtOrDefault(i)));
        return new([.. windows], surrogate.Lines ?? []) { Caps = surrogate.Caps ?? [] };
    }

    public LimitsSnapshotSurrogate ConvertToSurrogate(in LimitsSnapshot value) => new()
    {
        Windows = [.. value.Windows.Select(window => new WindowSnapshot(window.EndpointKey, window.Kind, window.Limit, window.Remaining, window.ResetAt, window.Stated))],
        PerMinute = [.. value.Windows.Select(window => window.PerMinute)],
        ExhaustedAt = [.. value.Windows.Select(window => window.ExhaustedAt)],
        Caps = [.. value.Caps],
        Lines = [.. value.Lines],
    };
}

[GenerateSerializer, Alias("otp.UsageCap")]
public struct UsageCapSurrogate
{
    [Id(0)] public string EndpointKey;
    [Id(1)] public int Kind;
    [Id(2)] public DateTimeOffset FirstSeenAt;
    [Id(3)] public DateTimeOffset LastSeenAt;
}

[RegisterConverter]
public sealed class UsageCapConverter : IConverter<UsageCap, UsageCapSurrogate>
{
    public UsageCap ConvertFromSurrogate(in UsageCapSurrogate surrogate) =>
        new(surrogate.EndpointKey, (UsageCapKind)surrogate.Kind, surrogate.FirstSeenAt, surrogate.LastSeenAt);

    public UsageCapSurrogate ConvertToSurrogate(in UsageCap value) => new()
    {
        EndpointKey = value.EndpointKey,
        Kind = (int)value.Kind,
        FirstSeenAt = value.FirstSeenAt,
        LastSeenAt = value.LastSeenAt,
    };
}

[GenerateSerializer, Alias("otp.DryRun")]
public struct DryRunSurrogate
{
    [Id(0)] public Rejection? Refusal;
    [Id(1)] public bool RefreshesFirst;
    [Id(2)] public WindowSnapshot[] Windows;
}

[RegisterConverter]
public sealed class DryRunConverter : IConverter<DryRun, DryRunSurrogate>
{
    public DryRun ConvertFromSurrogate(in DryRunSurrogate surrogate) => new(surrogate.Refusal, surrogate.RefreshesFirst, surrogate.Windows);

    public DryRunSurrogate ConvertToSurrogate(in DryRun value) => new() { Refusal = value.Refusal, RefreshesFirst = value.RefreshesFirst, Windows = [.. value.Windows] };
}
