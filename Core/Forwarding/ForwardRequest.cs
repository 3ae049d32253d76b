namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>One call to X, as the front end hands it to the account's session: one message, body included.</summary>
public sealed record ForwardRequest
{
    /// <summary>The session within the account that the caller proved to hold.</summary>
    public required string SessionId { get; init; }

    /// <summary>The endpoint's key in <see cref="Twitter.EndpointCatalogue"/>: method and route template.</summary>
    public required string EndpointKey { get; init; }

    /// <summary>The HTTP method, upper case.</summary>
    public required string Method { get; init; }

    /// <summary>Path and query exactly as they go to X, beginning with <c>/2/</c>. <see cref="AccountPlaceholder"/> stands for the account's id.</summary>
    public required string Target { get; init; }

    /// <summary>Request headers that passed the allow-list; never Authorization, never cookies.</summary>
    public IReadOnlyList<HeaderField> Headers { get; init; } = [];

    /// <summary>The body, byte for byte; empty when there is none. At most 16 MiB.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What the caller calls this write by, so that it is done once however often it is sent; null without. Ignored on safe methods.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>How long the call may wait for X's limits; zero: refuse at once.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>0 to 7 (RFC 9218): of the calls that wait the lower go first, and from 4 on they are background.</summary>
    public int Urgency { get; init; } = Queueing.QueuedCall.DefaultUrgency;

    /// <summary>What the caller names the call, to find it again among those that wait.</summary>
    public string? RequestId { get; init; }

    /// <summary>What the simple routes write where X wants the caller's own user id. The space keeps it out of any target a caller can write.</summary>
    public const string AccountPlaceholder = "{the account}";
}

/// <summary>One header line.</summary>
public readonly record struct HeaderField(string Name, string Value);
