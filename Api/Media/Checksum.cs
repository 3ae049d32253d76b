using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Verifies Upload-Checksum. A body with a checksum counts as a whole or not at all, and bytes sent to X cannot be taken back. So the body
/// is read completely before any of it is sent on, up to the limit for bodies in memory.
/// </summary>
internal static class Checksum
{
    public const string Algorithms = "sha1,sha256";
    public const int MaxBytes = TwitterClient.MaxBodyBytes;

    /// <returns>The verified bytes, or a rejection, or neither when the connection broke before the end of the body.</returns>
    /// <param name="header">The header's value.</param>
    /// <param name="body">The body.</param>
    /// <param name="into">What holds it; of <see cref="MaxBytes"/> and one.</param>
    public static async Task<(MemoryStream? Whole, Rejection? Rejection)> VerifyAsync(string header, UploadBody body, BodyBuffer into)
    {
        if (Parse(header) is not { } stated)
        {
            return (
                null,
                new(RejectionReason.InvalidRequest, $"{Tus.UploadChecksum} is 'ALGORITHM BASE64' with an algorithm of {Algorithms}.")
            );
        }

        switch (await body.FillAsync(into))
        {
            case BodyEnd.BrokeOff:
                return (null, null);
            case BodyEnd.NoRoom:
                return (null, BodyBudget.UsedUp());
            default:
                break;
        }

        if (into.Length > MaxBytes)
        {
            return (
                null,
                new(
                    RejectionReason.BodyTooLarge,
                    $"A request with {Tus.UploadChecksum} may have up to {MaxBytes} bytes; split the bytes over several requests, or omit the checksum."
                )
            );
        }

        var found = CryptographicOperations.HashData(stated.Algorithm, into.Written.Span);
        if (!found.AsSpan().SequenceEqual(stated.Hash))
            return (
                null,
                new(RejectionReason.ChecksumMismatch, "The received bytes do not match the checksum and were discarded. Send them again.")
            );
        MemoryMarshal.TryGetArray(into.Written, out var bytes);
        return (new(bytes.Array!, bytes.Offset, bytes.Count, writable: false), null);
    }

    private static (HashAlgorithmName Algorithm, byte[] Hash)? Parse(string header)
    {
        if (header.Split(' ') is not [var name, var base64])
            return null;
        var (algorithm, length) = name switch
        {
            "sha1" => (HashAlgorithmName.SHA1, SHA1.HashSizeInBytes),
            "sha256" => (HashAlgorithmName.SHA256, SHA256.HashSizeInBytes),
            _ => (default, 0),
        };
        var hash = new byte[length];
        return length > 0 && base64.Length < 100 && Convert.TryFromBase64String(base64, hash, out var written) && written == length
            ? (algorithm, hash)
            : null;
    }
}
