using Orleans;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>The calls of an account that wait for one endpoint, for others to see.</summary>
/// <param name="EndpointKey">Method and route template.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="NextAt">When the next one will probably go.</param>
/// <param name="Own">The calls among them of the session that asks, in the order of their places.</param>
[GenerateSerializer, Immutable, Alias("otp.LineSnapshot")]
public sealed record LineSnapshot(
    [property: Id(0)] string EndpointKey,
    [property: Id(1)] int Waiting,
    [property: Id(2)] DateTimeOffset NextAt,
    [property: Id(3)] WaiterSnapshot[] Own
);

/// <summary>One call that waits.</summary>
/// <param name="RequestId">What its caller named it in <c>X-Request-Id</c>.</param>
/// <param name="Place">1 goes next.</param>
/// <param name="ExpectedAt">When it will probably go.</param>
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
