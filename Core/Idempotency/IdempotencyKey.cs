using System.Security.Cryptography;
using System.Text;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>The header <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header-07).</summary>
public static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>Marks a response that was given before.</summary>
    public const string ReplayedHeader = "Idempotency-Replayed";

    /// <summary>Marks a response built from a post found in the account's timeline, because X's own response was lost.</summary>
    public const string ReconciledHeader = "Idempotency-Reconciled";

    private const int MaxLength = 255;

    /// <summary>
    /// Reads the header. The draft requires a quoted string; most clients send it without quotes. Both forms are the same key.
    /// </summary>
    /// <returns>The key; null when it is not 1 to 255 visible ASCII characters.</returns>
    public static string? TryParse(string value)
    {
        var key = value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value;
        return
            key.Length is 0 or > MaxLength || key.AsSpan().ContainsAnyExceptInRange('!', '~') || key.Contains('"', StringComparison.Ordinal)
            ? null
            : key;
    }

    /// <summary>
    /// The row's key. It includes the client, because two clients may use the same key, and is hashed, so that the store does not reveal
    /// keys.
    /// </summary>
    internal static string RowOf(string accountId, string clientId, string key) =>
        $"{accountId}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{clientId}\n{key}")))}";
}
