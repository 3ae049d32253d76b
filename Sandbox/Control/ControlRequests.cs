using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Body of POST /_sandbox/limits. A limit that is omitted means that the endpoint has no such window.</summary>
internal sealed record LimitsRequest
{
    /// <summary>The endpoints to change or exhaust; null changes only the switches below.</summary>
    public string? Endpoint { get; init; }

    public int? PerUser { get; init; }
    public int? PerUserDay { get; init; }
    public int? PerUserSecond { get; init; }
    public int? PerApp { get; init; }
    public int? PerAppSecond { get; init; }
    public int? PerAppDay { get; init; }

    /// <summary>Uses up this account's windows at the endpoint, instead of changing limits.</summary>
    public string? Exhaust { get; init; }

    public bool? Enforced { get; init; }
    public bool? SendHeaders { get; init; }
    public bool? LegacyErrorBody { get; init; }
}

/// <summary>Body of POST /_sandbox/media.</summary>
internal sealed record MediaRequest
{
    public int FailNext { get; init; }

    [JsonPropertyName("processing_ms"), JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan? Processing { get; init; }
}

/// <summary>Body of POST /_sandbox/streams/{name}/events.</summary>
internal sealed record StreamEventsRequest
{
    public int Count { get; init; } = 1;

    /// <summary>The event as X would send it; null is a small one.</summary>
    public JsonObject? Body { get; init; }
}

/// <summary>Body of POST /_sandbox/accounts/{name}/tokens.</summary>
internal sealed record TokensRequest
{
    public IReadOnlyList<string> Scopes { get; init; } = [];
}
