using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace OrleansTwitterProxy.Core.Sealing;

/// <summary>
/// Texts that the proxy hands out and later gets back from anybody: encrypted and authenticated by Data Protection, in Base64Url. A value
/// that this proxy did not make is found out here, without a grain call and without reading storage.
/// </summary>
/// <param name="provider">The key ring.</param>
/// <param name="purpose">A text that was sealed for another purpose does not open.</param>
/// <param name="keys">Which keys exist; null to leave that to the key ring, which reads storage for a key that it does not know.</param>
public sealed class SealedText(IDataProtectionProvider provider, string purpose, SealingKeys? keys)
{
    // Every payload of Data Protection begins with these four bytes and the id of its key.
    private const uint MagicHeader = 0x09F0C9F0;
    private const int HeaderBytes = sizeof(uint) + 16;

    private readonly IDataProtector _protector = provider.CreateProtector(purpose);

    /// <summary>Seals a text for ever.</summary>
    public string Seal(string text) => Base64Url.EncodeToString(_protector.Protect(Encoding.UTF8.GetBytes(text)));

    /// <summary>Seals a text for a time.</summary>
    public string Seal(string text, TimeSpan lifetime) =>
        Base64Url.EncodeToString(_protector.ToTimeLimitedDataProtector().Protect(Encoding.UTF8.GetBytes(text), lifetime));

    /// <summary>The text; null when the value was not made by <see cref="Seal(string)"/>.</summary>
    public string? Open(string value) => Open(value, _protector);

    /// <summary>The text; null when the value was not made by <see cref="Seal(string, TimeSpan)"/>, or its time is over.</summary>
    public string? OpenTimed(string value) => Open(value, _protector.ToTimeLimitedDataProtector());

    private string? Open(string value, IDataProtector protector)
    {
        if (!Base64Url.IsValid(value, out var length) || length < HeaderBytes)
            return null;
        var payload = Base64Url.DecodeFromChars(value);
        // The last character has bits that carry nothing, and decoders skip white space: only one spelling of a value is accepted.
        if (Base64Url.EncodeToString(payload) != value || BinaryPrimitives.ReadUInt32BigEndian(payload) != MagicHeader)
            return null;
        if (keys?.Has(new(payload.AsSpan(sizeof(uint), 16))) is false)
            return null;
        try
        {
            return Encoding.UTF8.GetString(protector.Unprotect(payload));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
