using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>The record of one key of one client at one account: first the intent, then the response.</summary>
public sealed record IdempotencyRecord
{
    /// <summary>The schema that this version writes. It reads this one and the previous one.</summary>
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    /// <summary>Hash of the first request; another request with the same key is rejected.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>When the intent of the first attempt was saved. The row expires <see cref="IdempotencyOptions.KeepFor"/> later.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the intent of the last attempt was saved.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>When the last attempt ended without a conclusive response. Null: it is in flight, or its process died.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The activation of the last attempt.</summary>
    public required string Owner { get; init; }

    /// <summary>X's final response. Null: in flight, or in doubt.</summary>
    public StoredResponse? Answer { get; init; }
}

/// <summary>X's response, stored to be repeated.</summary>
/// <param name="Status">X's status.</param>
/// <param name="Headers">X's headers without those about rate limits, which are valid only at the time.</param>
/// <param name="Body">X's body; empty when it was omitted.</param>
/// <param name="BodyLeftOut">Whether the body was too large to store.</param>
public sealed record StoredResponse(int Status, IReadOnlyList<HeaderField> Headers, ReadOnlyMemory<byte> Body, bool BodyLeftOut)
{
    /// <summary>The largest stored body, in bytes. X's responses to writes are far smaller.</summary>
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

    /// <summary>The response again, marked as replayed. It has no window headers, because X was not called.</summary>
    internal ForwardResponse Replay() =>
        new()
        {
            Status = Status,
            Headers = [.. Headers, new(IdempotencyKey.ReplayedHeader, BodyLeftOut ? "without-body" : "true")],
            Body = Body,
        };
}
