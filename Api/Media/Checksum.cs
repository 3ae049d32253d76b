using System.Security.Cryptography;
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

    /// <returns>The verified bytes, or a rejection, or neither when the connection broke before the end of the body.</returns>
    public static async Task<(MemoryStream? Whole, Rejection? Rejection)> VerifyAsync(string header, UploadBody body)
    {
        if (Parse(header) is not { } stated)
        {
            return (
                null,
                new(RejectionReason.InvalidRequest, $"{Tus.UploadChecksum} is 'ALGORITHM BASE64' with an algorithm of {Algorithms}.")
            );
        }

        var whole = new MemoryStream();
        var chunk = new byte[64 * 1024];
        for (var read = chunk.Length; read == chunk.Length; )
        {
            (read, var brokeOff) = await body.FillAsync(chunk);
            if (brokeOff)
                return (null, null);
            if (whole.Length + read > TwitterClient.MaxBodyBytes)
            {
                return (
                    null,
                    new(
                        RejectionReason.BodyTooLarge,
                        $"A request with {Tus.UploadChecksum} may have up to {TwitterClient.MaxBodyBytes} bytes; split the bytes over several requests, or omit the checksum."
                    )
                );
            }

            whole.Write(chunk, 0, read);
        }

        whole.Position = 0;
        var found = await CryptographicOperations.HashDataAsync(stated.Algorithm, whole);
        if (!found.AsSpan().SequenceEqual(stated.Hash))
            return (
                null,
                new(RejectionReason.ChecksumMismatch, "The received bytes do not match the checksum and were discarded. Send them again.")
            );
        whole.Position = 0;
        return (whole, null);
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
