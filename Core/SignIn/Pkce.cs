using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>Proof Key for Code Exchange, S256 (RFC 7636), and the other random values of a sign-in.</summary>
public static class Pkce
{
    private const int RandomBytes = 32;

    /// <summary>
    /// 43 characters of 256 random bits (RFC 7636 section 4.1); also used for the ids of sign-ins and sessions, and for hand-over codes.
    /// </summary>
    public static string RandomValue() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>BASE64URL(SHA256(ASCII(code_verifier))) (RFC 7636 section 4.2).</summary>
    public static string Challenge(string codeVerifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(codeVerifier)));
}
