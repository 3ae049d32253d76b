using System.Security.Cryptography;
using System.Text;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>The header <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header-07).</summary>
public static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>On an answer that was given before.</summary>
    public const string ReplayedHeader = "Idempotency-Replayed";

    /// <summary>On an answer that was found in the account's own posts, X's own having been lost.</summary>
    public const string ReconciledHeader = "Idempotency-Reconciled";

    private const int MaxLength = 255;

    /// <summary>Reads the header. The draft has a string in quotes; most clients send it bare: both name the same key.</summary>
    /// <returns>The key; null when it is not 1 to 255 visible ASCII characters.</returns>
    public static string? TryParse(string value)
    {
        var key = value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value;
        return
            key.Length is 0 or > MaxLength || key.AsSpan().ContainsAnyExceptInRange('!', '~') || key.Contains('"', StringComparison.Ordinal)
            ? null
            : key;
    }

    /// <summary>The key of the row: two clients may call different writes the same, and nobody can read keys out of the store.</summary>
    internal static string RowOf(string accountId, string clientId, string key) =>
        $"{accountId}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{clientId}\n{key}")))}";
}
