using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>What is kept of one key of one client at one account: first the intent, then the answer.</summary>
public sealed record IdempotencyRecord
{
    /// <summary>The schema this binary writes. A reader must understand this one and the one before.</summary>
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    /// <summary>Hash of the first request: another request under the same key is refused.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>
    /// When the write was first about to be sent. The row is forgotten <see cref="IdempotencyOptions.KeepFor"/> after it.
    /// </summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last about to be sent.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>
    /// When that sending ended without an answer that decides. Null: it is under way, or whoever sent it did not live to say.
    /// </summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The activation that sent it last.</summary>
    public required string Owner { get; init; }

    /// <summary>X's final answer. Null: under way, or in doubt.</summary>
    public StoredResponse? Answer { get; init; }
}

/// <summary>An answer of X's as it is given again.</summary>
/// <param name="Status">X's status.</param>
/// <param name="Headers">X's headers but for those on rate limits, which speak of the moment.</param>
/// <param name="Body">X's body; empty when it was left out.</param>
/// <param name="BodyLeftOut">Whether there was a body too large to keep.</param>
public sealed record StoredResponse(int Status, IReadOnlyList<HeaderField> Headers, ReadOnlyMemory<byte> Body, bool BodyLeftOut)
{
    /// <summary>The largest body kept, in bytes. X's answers to writes are far smaller.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    internal static StoredResponse Of(ForwardResponse response)
    {
        var fits = response.Body.Length <= MaxBodyBytes;
        return new(
            response.Status,
            [.. response.Headers.Where(header => !RateLimits.RateLimitHeaders.IsRateLimitHeader(header.Name))],
            fits ? response.Body : default,
            !fits
        );
    }

    /// <summary>The answer again, marked as such. X was not asked, so there is nothing about windows in it.</summary>
    internal ForwardResponse Replay() =>
        new()
        {
            Status = Status,
            Headers = [.. Headers, new(IdempotencyKey.ReplayedHeader, BodyLeftOut ? "without-body" : "true")],
            Body = Body,
        };
}
