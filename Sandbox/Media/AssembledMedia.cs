using System.Security.Cryptography;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Size and hash (lower-case hexadecimal) of the assembled bytes.</summary>
internal sealed record AssembledMedia(long Size, string Sha256)
{
    /// <summary>Allows one upload at a time to be hashed, because hashing would otherwise use all processor cores.</summary>
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <summary>Hashes the segments in order, one buffer at a time, and deletes them unless they are kept.</summary>
    public static async Task<AssembledMedia> OfAsync(IReadOnlyList<SpooledFile> segments, bool keep)
    {
        await Turn.WaitAsync();
        try
        {
            return await HashAsync(segments, keep);
        }
        finally
        {
            Turn.Release();
        }
    }

    private static async Task<AssembledMedia> HashAsync(IReadOnlyList<SpooledFile> segments, bool keep)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 17];
        foreach (var segment in segments)
        {
            await using (var stream = File.OpenRead(segment.Path))
            {
                int read;
                while ((read = await stream.ReadAsync(buffer)) > 0)
                    hash.AppendData(buffer, 0, read);
            }
            if (!keep)
                segment.Dispose();
        }
        return new AssembledMedia(segments.Sum(segment => segment.Length), Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
