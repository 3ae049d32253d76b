using System.Buffers;
using System.IO.Pipelines;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>Reads the lines of a response as they arrive.</summary>
/// <param name="body">The response; it is not disposed of.</param>
internal sealed class LineReader(Stream body)
{
    /// <summary>The longest line, in bytes. X's events have some kilobytes.</summary>
    private const int MaxLine = 4 * 1024 * 1024;

    private readonly PipeReader _reader = PipeReader.Create(body, new(leaveOpen: true));

    /// <returns>The next line without its end; null at the end of the response. A last line without an end is left out.</returns>
    /// <exception cref="IOException">The connection broke, or a line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray().AsMemory();
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                return line.TrimEnd((byte)'\r');
            }

            if (buffer.Length > MaxLine)
                throw new IOException("A line of the stream is too long.");
            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
                return null;
        }
    }
}
