namespace OrleansTwitterProxy.Sandbox;

/// <summary>Temporary files for bytes on their way in, so that a 512 MB video never sits in memory. Deleted with the server.</summary>
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
            await bytes.CopyToAsync(stream, cancellationToken);
            file.Length = stream.Length;
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
        if (_directory.IsValueCreated) _directory.Value.Delete(recursive: true);
    }
}

/// <summary>One temporary file; disposing it deletes it.</summary>
internal sealed class SpooledFile(string path) : IDisposable
{
    public string Path { get; } = path;
    public long Length { get; set; }

    public void Dispose() => File.Delete(Path);
}
