namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>The calls of an account that wait for one endpoint, for others to see.</summary>
/// <param name="EndpointKey">Method and route template.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="NextAt">When the next one will probably go.</param>
/// <param name="Own">The calls among them of the session that asks, in the order of their places.</param>
public sealed record LineSnapshot(string EndpointKey, int Waiting, DateTimeOffset NextAt, IReadOnlyList<WaiterSnapshot> Own);

/// <summary>One call that waits.</summary>
/// <param name="RequestId">What its caller named it in <c>X-Request-Id</c>.</param>
/// <param name="Place">1 goes next.</param>
/// <param name="ExpectedAt">When it will probably go.</param>
/// <param name="LeavesAt">When it gives up.</param>
public sealed record WaiterSnapshot(string? RequestId, int Place, DateTimeOffset ExpectedAt, DateTimeOffset LeavesAt);

/// <summary>A place in the line.</summary>
internal readonly record struct WaiterPlace(int Place, DateTimeOffset ExpectedAt);
