using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>
/// One connection with one call at a time. The request's bytes are made once: on few processors, what HttpClient costs would be taken from
/// the contender.
/// </summary>
internal sealed class PeersConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _request;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private Task _last = Task.CompletedTask;

    private PeersConnection(byte[] request) => _request = request;

    /// <summary>Connects, and makes one call.</summary>
    public static async Task<PeersConnection> OpenAsync(Uri url, string token)
    {
        var connection = new PeersConnection(
            Encoding.ASCII.GetBytes(
                $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nAccept: application/json\r\nUser-Agent: peers\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
        );
        try
        {
            await connection._socket.ConnectAsync(url.Host, url.Port);
            await connection.CallAsync();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <returns>The calls made until then.</returns>
    public async Task<int> CallUntilAsync(long end)
    {
        var calls = 0;
        while (TimeProvider.System.GetTimestamp() < end)
        {
            await CallAsync();
            calls++;
        }

        return calls;
    }

    /// <summary>A call as soon as the one before is done.</summary>
    /// <returns>Its time from now on, in microseconds.</returns>
    public Task<int> TimeAsync()
    {
        var call = TimeAfterAsync(_last);
        _last = call;
        return call;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<int> TimeAfterAsync(Task last)
    {
        var started = TimeProvider.System.GetTimestamp();
        await last;
        await CallAsync();
        return (int)TimeProvider.System.GetElapsedTime(started).TotalMicroseconds;
    }

    private async Task CallAsync()
    {
        await _socket.SendAsync(_request);
        var length = 0;
        do
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(length));
            if (read == 0)
                throw new InvalidDataException("The connection was closed before the answer.");
            length += read;
        } while (!IsWhole(_buffer.AsSpan(0, length)));
    }

    // Every answer must be the origin's, else the contender would be praised for refusing.
    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;
        if (!answer.StartsWith("HTTP/1.1 200 "u8))
            throw new InvalidDataException($"A call was not answered with 200: {Encoding.UTF8.GetString(answer)}");
        var body = answer[(head + 4)..];
        var field = answer[..head].IndexOf("ontent-"u8) < 0 ? -1 : answer[..head].IndexOf("ength: "u8);
        if (field < 0)
            return body.EndsWith("0\r\n\r\n"u8); // chunked
        var value = answer[(field + 7)..];
        if (!int.TryParse(value[..value.IndexOf((byte)'\r')], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            throw new InvalidDataException("An answer has no length.");
        if (length != PeersOrigin.Length)
            throw new InvalidDataException($"An answer has {length} bytes instead of {PeersOrigin.Length}.");
        return body.Length >= length;
    }
}
