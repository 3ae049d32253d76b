using System.Security.Cryptography;
using System.Text;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>
/// API keys: 256 random bits, stored only as SHA-256. A plain hash is sufficient, unlike for passwords: the keys cannot be guessed.
/// </summary>
public static class ApiKey
{
    /// <summary>Makes a leaked key recognisable to secret scanners.</summary>
    private const string Prefix = "otpk_";

    /// <summary>Whether a bearer token is meant as an API key and not as a session token.</summary>
    public static bool IsMeantBy(ReadOnlySpan<char> bearer) =>
        bearer.StartsWith(Prefix, StringComparison.Ordinal) || bearer is ClientDirectory.DevelopmentKey;

    public static string New() => Prefix + Pkce.RandomValue();

    /// <summary>The hash of a key as the configuration stores it: lower-case hex.</summary>
    public static string Hash(string apiKey) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(apiKey)));

    /// <summary>Whether a configured hash has the correct form.</summary>
    public static bool IsHash(string? value) => value is { Length: 64 } && value.All(char.IsAsciiHexDigit);
}
