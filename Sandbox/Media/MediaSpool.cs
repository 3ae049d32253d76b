using System.Security.Cryptography;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Temporary files for received bytes, so that a 512 MB video is not held in memory. Deleted with the server.</summary>
internal sealed class MediaSpool : IDisposable
{
    private readonly Lazy<DirectoryInfo> _directory = new(() => Directory.CreateTempSubdirectory("x-sandbox-media-"));
    private long _lastName;

    public async Task<SpooledFile> WriteAsync(Stream bytes, CancellationToken cancellationToken)
    {
        var file = new SpooledFile(Path.Combine(_directory.Value.FullName, $"{Interlocked.Increment(ref _lastName)}"));
        try
        {
            await using var stream = File.Create(file.Path, 1 << 16);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[1 << 16];
            while (await bytes.ReadAsync(buffer, cancellationToken) is var read && read > 0)
            {
                hash.AppendData(buffer, 0, read);
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
            (file.Length, file.Sha256) = (stream.Length, Convert.ToHexStringLower(hash.GetHashAndReset()));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_directory.IsValueCreated)
            _directory.Value.Delete(recursive: true);
    }
}

/// <summary>One temporary file; disposing it deletes it.</summary>
internal sealed class SpooledFile(string path) : IDisposable
{
    public string Path { get; } = path;
    public long Length { get; set; }
    public string Sha256 { get; set; } = "";

    public void Dispose() => File.Delete(Path);
}
