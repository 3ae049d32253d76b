using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Proof key for code exchange, RFC 7636.</summary>
internal sealed record Pkce(string Challenge, string Method)
{
    public const string Sha256 = "S256";
    public const string Plain = "plain";

    /// <summary>Section 4.6: the transformed verifier must equal the challenge. Section 4.1: 43 to 128 unreserved characters.</summary>
    public bool Accepts(string verifier)
    {
        if (Method == Sha256 && !IsVerifier(verifier))
            return false;
        var transformed = Method == Plain ? verifier : Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(transformed), Encoding.UTF8.GetBytes(Challenge));
    }

    private static bool IsVerifier(string verifier) =>
        verifier.Length is >= 43 and <= 128
        && verifier.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_' or '~');
}
