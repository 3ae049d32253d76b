using Orleans;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>One call to X, as the front end hands it to the account's session: one message, body included.</summary>
[GenerateSerializer, Immutable, Alias("otp.ForwardRequest")]
public sealed record ForwardRequest
{
    /// <summary>The session within the account that the caller proved to hold; of an app-only call, the client's id.</summary>
    [Id(0)]
    public required string SessionId { get; init; }

    /// <summary>The endpoint's key in <see cref="Twitter.EndpointCatalogue"/>: method and route template.</summary>
    [Id(1)]
    public required string EndpointKey { get; init; }

    /// <summary>The HTTP method, upper case.</summary>
    [Id(2)]
    public required string Method { get; init; }

    /// <summary>
    /// Path and query exactly as they go to X, beginning with <c>/2/</c>. <see cref="AccountPlaceholder"/> stands for the account's id.
    /// </summary>
    [Id(3)]
    public required string Target { get; init; }

    /// <summary>Request headers that passed the allow-list; never Authorization, never cookies.</summary>
    [Id(4)]
    public HeaderField[] Headers { get; init; } = [];

    /// <summary>The body, byte for byte; empty when there is none. At most 16 MiB.</summary>
    [Id(5)]
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>
    /// What the caller calls this write by, so that it is done once however often it is sent; null without. Ignored on safe methods.
    /// </summary>
    [Id(6)]
    public string? IdempotencyKey { get; init; }

    /// <summary>How long the call may wait for X's limits; zero: refuse at once.</summary>
    [Id(7)]
    public TimeSpan Wait { get; init; }

    /// <summary>0 to 7 (RFC 9218): of the calls that wait the lower go first, and from 4 on they are background.</summary>
    [Id(8)]
    public int Urgency { get; init; } = Queueing.QueuedCall.DefaultUrgency;

    /// <summary>What the caller names the call, to find it again among those that wait.</summary>
    [Id(9)]
    public string? RequestId { get; init; }

    /// <summary>
    /// What the simple routes write where X wants the caller's own user id. The space keeps it out of any target a caller can write.
    /// </summary>
    public const string AccountPlaceholder = "{the account}";
}

/// <summary>One header line.</summary>
[GenerateSerializer, Immutable, Alias("otp.HeaderField")]
public readonly record struct HeaderField([property: Id(0)] string Name, [property: Id(1)] string Value);
