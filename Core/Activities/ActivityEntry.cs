namespace OrleansTwitterProxy.Core.Activities;

/// <summary>One call of a client: who, what, and what came of it. Never its content, its query or a token.</summary>
public readonly record struct ActivityEntry
{
    /// <summary>The outcome of a call that X, or the proxy's own route, has answered; its status says how.</summary>
    public const string Answered = "answered";

    /// <summary>The outcome of a call whose client was gone before it could be told anything.</summary>
    public const string Aborted = "aborted";

    /// <summary>When the call had ended, and its number; the buffer counts.</summary>
    public EntryPosition Position { get; init; }

    public required string ClientId { get; init; }

    /// <summary>X's user id; null for a call with the app's own token, or by the client itself.</summary>
    public string? AccountId { get; init; }

    /// <summary>Endpoint key at X; for a call that has not come so far, or is the proxy's own, its method and route.</summary>
    public required string Endpoint { get; init; }

    /// <summary>HTTP status that the caller was told; 0 when it was gone.</summary>
    public required int Status { get; init; }

    /// <summary><see cref="Answered"/>, <see cref="Aborted"/>, or the reason for which the proxy refused the call.</summary>
    public required string Outcome { get; init; }

    /// <summary>From the request's head to the end of the response.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The row of X's price list for the operation; null for one without a price.</summary>
    public string? CostClass { get; init; }

    public string? RequestId { get; init; }
}
