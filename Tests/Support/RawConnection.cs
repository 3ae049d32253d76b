using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A TCP connection to a proxy, for requests that no HTTP client would send.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Uri _to;

    private RawConnection(Uri to) => _to = to;

    public static async Task<RawConnection> OpenAsync(Uri to)
    {
        var connection = new RawConnection(to);
        await connection._socket.ConnectAsync(to.Host, to.Port);
        return connection;
    }

    /// <summary>One request on a connection of its own, and the whole answer to it.</summary>
    public static async Task<RawResponse> AskAsync(Uri to, string requestLine, string token, params string[] headers)
    {
        using var connection = await OpenAsync(to);
        await connection.SendHeadAsync(requestLine, token, headers);
        return await connection.ReadAsync(toHead: requestLine.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>Request line, Host, session and the headers given; and the empty line.</summary>
    public Task SendHeadAsync(string requestLine, string? token, params string[] headers)
    {
        string[] lines = [$"{requestLine} HTTP/1.1", $"Host: {_to.Authority}", .. headers, "Connection: close"];
        if (token is not null)
            lines = [.. lines, $"Authorization: Bearer {token}"];
        return SendAsync(Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"));
    }

    /// <summary>The head of a PATCH for bytes of an upload, from its beginning. On return the proxy is reading the body.</summary>
    public async Task SendPatchAsync(string path, string token, byte[] bytes, bool checksum)
    {
        string[] headers =
        [
            "Tus-Resumable: 1.0.0",
            "Upload-Offset: 0",
            "Content-Type: application/offset+octet-stream",
            $"Content-Length: {bytes.Length}",
            "Expect: 100-continue",
            .. checksum ? [$"Upload-Checksum: sha256 {Convert.ToBase64String(SHA256.HashData(bytes))}"] : Array.Empty<string>(),
        ];
        await SendHeadAsync($"PATCH {path}", token, headers);
        Assert.Equal(100, (await ReadAsync()).Status);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes)..];
    }

    /// <summary>Sends what the other end takes before it closes.</summary>
    public async Task SendUnlessClosedAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (SocketException)
        {
            // Closed: what it has answered can still be read.
        }
    }

    /// <summary>Reads until the other end closes; takes what is framed by Content-Length, or nothing.</summary>
    /// <param name="toHead">Whether it answers a HEAD, and so has no body.</param>
    public async Task<RawResponse> ReadAsync(bool toHead = false)
    {
        using var all = new MemoryStream();
        var chunk = new byte[16 * 1024];
        while (await _socket.ReceiveAsync(chunk) is var read && read > 0)
        {
            all.Write(chunk, 0, read);
            if (RawResponse.Parse(all.ToArray(), toHead) is { } whole)
                return whole;
        }

        throw new InvalidOperationException($"The connection ended after {all.Length} bytes, before a whole answer.");
    }

    /// <summary>All that comes until the other end closes; one character is one byte.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        var chunk = new byte[16 * 1024];
        try
        {
            while (await _socket.ReceiveAsync(chunk) is var read && read > 0)
                all.Write(chunk, 0, read);
        }
        catch (SocketException)
        {
            // Closed with a reset.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>Waits for the other end to close.</summary>
    /// <returns>How many bytes came before.</returns>
    public async Task<int> EndAsync()
    {
        var chunk = new byte[16 * 1024];
        var all = 0;
        try
        {
            while (await _socket.ReceiveAsync(chunk) is var read && read > 0)
                all += read;
        }
        catch (SocketException)
        {
            // Closed with a reset.
        }

        return all;
    }

    /// <summary>Ends the connection at once, with a reset.</summary>
    public void HangUp() => _socket.Close(0);

    public void Dispose() => _socket.Dispose();
}

/// <summary>An answer as it stood on the wire.</summary>
internal sealed record RawResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Reason => JsonElement.Parse(Body).GetProperty("reason").GetString();

    public string Text => Encoding.UTF8.GetString(Body);

    public static RawResponse? Parse(byte[] bytes, bool toHead = false)
    {
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return null;
        var lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(':', 2))
            .GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(
                group => group.Key,
                group => string.Join(",", group.Select(pair => pair[1].Trim())),
                StringComparer.OrdinalIgnoreCase
            );
        var length = !toHead && headers.TryGetValue("Content-Length", out var stated) ? int.Parse(stated, CultureInfo.InvariantCulture) : 0;
        var body = bytes.AsSpan(end + 4);
        return body.Length < length
            ? null
            : new(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, body[..length].ToArray());
    }
}
