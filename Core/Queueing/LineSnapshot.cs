using Orleans;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>A copy of an account's line for one endpoint.</summary>
/// <param name="EndpointKey">Method and route template.</param>
/// <param name="Waiting">Number of waiting calls.</param>
/// <param name="NextAt">Estimated start of the next one.</param>
/// <param name="Own">The waiting calls of the requesting session, by place.</param>
[GenerateSerializer, Immutable, Alias("otp.LineSnapshot")]
public sealed record LineSnapshot(
    [property: Id(0)] string EndpointKey,
    [property: Id(1)] int Waiting,
    [property: Id(2)] DateTimeOffset NextAt,
    [property: Id(3)] WaiterSnapshot[] Own
);

/// <summary>One waiting call.</summary>
/// <param name="RequestId">Its <c>X-Request-Id</c>.</param>
/// <param name="Place">1 is next.</param>
/// <param name="ExpectedAt">Its estimated start.</param>
/// <param name="LeavesAt">When it gives up.</param>
[GenerateSerializer, Immutable, Alias("otp.WaiterSnapshot")]
public sealed record WaiterSnapshot(
    [property: Id(0)] string? RequestId,
    [property: Id(1)] int Place,
    [property: Id(2)] DateTimeOffset ExpectedAt,
    [property: Id(3)] DateTimeOffset LeavesAt
);

/// <summary>A place in the line.</summary>
internal readonly record struct WaiterPlace(int Place, DateTimeOffset ExpectedAt);
