using Orleans;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Grains.Interfaces.Forwarding;

[GenerateSerializer, Alias("otp.ForwardRequest")]
public struct ForwardRequestSurrogate
{
    [Id(0)] public string SessionId;
    [Id(1)] public string EndpointKey;
    [Id(2)] public string Method;
    [Id(3)] public string Target;
    [Id(4)] public string[] HeaderNames;
    [Id(5)] public string[] HeaderValues;
    [Id(6)] public ReadOnlyMemory<byte> Body;
    [Id(7)] public string? IdempotencyKey;
    [Id(10)] public TimeSpan Wait;
    [Id(11)] public int? Urgency; // null: from a version that did not know of it
    [Id(12)] public string? RequestId;
}

[RegisterConverter]
public sealed class ForwardRequestConverter : IConverter<ForwardRequest, ForwardRequestSurrogate>
{
    public ForwardRequest ConvertFromSurrogate(in ForwardRequestSurrogate surrogate) => new()
    {
        SessionId = surrogate.SessionId,
        EndpointKey = surrogate.EndpointKey,
        Method = surrogate.Method,
        Target = surrogate.Target,
        Headers = HeaderArrays.Join(surrogate.HeaderNames, surrogate.HeaderValues),
        Body = surrogate.Body,
        IdempotencyKey = surrogate.IdempotencyKey,
        Wait = surrogate.Wait,
        Urgency = surrogate.Urgency ?? QueuedCall.DefaultUrgency,
        RequestId = surrogate.RequestId,
    };

    public ForwardRequestSurrogate ConvertToSurrogate(in ForwardRequest value) => new()
    {
        SessionId = value.SessionId,
        EndpointKey = value.EndpointKey,
        Method = value.Method,
        Target = value.Target,
        HeaderNames = HeaderArrays.Names(value.Headers),
        HeaderValues = HeaderArrays.Values(value.Headers),
        Body = value.Body,
        IdempotencyKey = value.IdempotencyKey,
        Wait = value.Wait,
        Urgency = value.Urgency,
        RequestId = value.RequestId,
    };
}

[GenerateSerializer, Alias("otp.ForwardResponse")]
public struct ForwardResponseSurrogate
{
    [Id(0)] public Rejection? Rejection;
    [Id(1)] public int Status;
    [Id(2)] public string[] HeaderNames;
    [Id(3)] public string[] HeaderValues;
    [Id(4)] public ReadOnlyMemory<byte> Body;
    [Id(5)] public WindowSnapshot[] Windows;
    [Id(6)] public TimeSpan RefreshTime;
    [Id(7)] public TimeSpan UpstreamTime;
    [Id(8)] public TimeSpan QueueTime;
    [Id(9)] public TimeSpan CircuitTime;
}

[RegisterConverter]
public sealed class ForwardResponseConverter : IConverter<ForwardResponse, ForwardResponseSurrogate>
{
    public ForwardResponse ConvertFromSurrogate(in ForwardResponseSurrogate surrogate) => new()
    {
        Rejection = surrogate.Rejection,
        Status = surrogate.Status,
        Headers = HeaderArrays.Join(surrogate.HeaderNames, surrogate.HeaderValues),
        Body = surrogate.Body,
        Windows = surrogate.Windows,
        Timings = new(surrogate.RefreshTime, surrogate.UpstreamTime, surrogate.QueueTime, surrogate.CircuitTime),
    };

    public ForwardResponseSurrogate ConvertToSurrogate(in ForwardResponse value) => new()
    {
        Rejection = value.Rejection,
        Status = value.Status,
        HeaderNames = HeaderArrays.Names(value.Headers),
        HeaderValues = HeaderArrays.Values(value.Headers),
        Body = value.Body,
        Windows = [.. value.Windows],
        RefreshTime = value.Timings.Refresh,
        UpstreamTime = value.Timings.Upstream,
        QueueTime = value.Timings.Queue,
        CircuitTime = value.Timings.Circuit,
    };
}

/// <summary>Headers travel as two arrays: half the fields of an array of pairs.</summary>
internal static class HeaderArrays
{
    public static string[] Names(IReadOnlyList<HeaderField> headers) => [.. headers.Select(header => header.Name)];

    public static string[] Values(IReadOnlyList<HeaderField> headers) => [.. headers.Select(header => header.Value)];

    public static HeaderField[] Join(string[] names, string[] values) => [.. names.Zip(values, (name, value) => new HeaderField(name, value))];
}
