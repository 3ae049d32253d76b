using System.IO.Pipelines;
using System.Text;
using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Tests.Streams;

public sealed class LineReaderTests
{
    private readonly Pipe _pipe = new();

    [Theory]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("\r\n\r\na\r\n", "||a")]
    [InlineData("a\r\ncut off", "a")]
    [InlineData("", null)]
    public async Task Lines_are_read_and_one_that_is_cut_off_is_left_out(string sent, string? lines)
    {
        await _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(sent));
        await _pipe.Writer.CompleteAsync();

        Assert.Equal(lines?.Split('|') ?? [], await AllAsync());
    }

    [Fact]
    public async Task A_line_that_comes_in_pieces_is_whole()
    {
        var reading = AllAsync();
        foreach (var piece in "{\"data\":1}\r\n")
            await _pipe.Writer.WriteAsync(new[] { (byte)piece });
        await _pipe.Writer.CompleteAsync();

        Assert.Equal(["{\"data\":1}"], await reading);
    }

    [Fact]
    public async Task A_line_without_end_ends_the_connection()
    {
        var reading = AllAsync();
        var chunk = new byte[64 * 1024];
        try
        {
            while (!reading.IsCompleted)
                await _pipe.Writer.WriteAsync(chunk);
        }
        catch (InvalidOperationException)
        {
            // The reader has gone.
        }

        await Assert.ThrowsAsync<IOException>(() => reading);
    }

    private async Task<List<string>> AllAsync()
    {
        var reader = new LineReader(_pipe.Reader.AsStream());
        List<string> lines = [];
        try
        {
            while (await reader.ReadAsync(CancellationToken.None) is { } line)
                lines.Add(Encoding.UTF8.GetString(line.Span));
        }
        finally
        {
            await _pipe.Reader.CompleteAsync();
        }

        return lines;
    }
}
