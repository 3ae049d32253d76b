using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Writes a connection's lines until the client leaves or X ends it.</summary>
internal sealed class StreamSender(SandboxOptions options, SandboxCosts costs, TimeProvider clock, CancellationToken stopping)
{
    private static readonly ReadOnlyMemory<byte> LineEnd = "\r\n"u8.ToArray();

    /// <summary>Writes a line for each event, and a bare line break whenever the interval passes without one.</summary>
    public async Task CopyAsync(StreamConnection connection, HttpContext http, FieldSelection selection)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            await http.Response.StartAsync(end.Token);
            await http.Response.Body.FlushAsync(end.Token);
            await SendAsync(connection, http, selection, end.Token);
        }
        finally
        {
            connection.Stream.Leave(connection, "ClientDisconnect");
        }
    }

    private async Task SendAsync(StreamConnection connection, HttpContext http, FieldSelection selection, CancellationToken end)
    {
        var isSilent = false;
        if (connection.Stream.Draw(connection) is { } atOnce && !await EndAsync(atOnce))
            return;
        var available = connection.Items.WaitToReadAsync(end).AsTask();
        while (true)
        {
            try
            {
                if (!await available.WaitAsync(options.StreamKeepAliveInterval, clock, end))
                    return;
            }
            catch (TimeoutException)
            {
                if (!isSilent)
                    await WriteAsync(http, LineEnd, end);
                continue;
            }
            while (connection.Items.TryRead(out var item))
            {
                var disconnect = item.Disconnect;
                if (item.Event is { } sent && !isSilent)
                {
                    await SendAsync(connection, sent, http, selection, end);
                    disconnect = connection.Stream.Draw(connection);
                }
                if (disconnect is { } how && !await EndAsync(how))
                    return;
            }
            available = connection.Items.WaitToReadAsync(end).AsTask();
        }

        // Returns whether the connection goes on. It is left before the client can know, so that a reconnect is not refused.
        async Task<bool> EndAsync(StreamDisconnect how)
        {
            if (how == StreamDisconnect.Silence)
                return isSilent = true;
            connection.Stream.Leave(connection, how == StreamDisconnect.Reset ? "NetworkIssue" : "OperationalDisconnect");
            if (how == StreamDisconnect.Reset)
                http.Abort();
            else
                await WriteAsync(http, Line(Errors()), end);
            return false;
        }
    }

    /// <summary>Notes the event as sent first: a client that has read it may ask at once.</summary>
    private async Task SendAsync(
        StreamConnection connection,
        NumberedEvent sent,
        HttpContext http,
        FieldSelection selection,
        CancellationToken end
    )
    {
        var body = sent.Content.Render(selection);
        body["sandbox_sequence"] = sent.Sequence;
        sent.AddSentTo(connection.Id);
        connection.CountSent();
        costs.AddEvent($"GET {connection.Stream.Route.Path}", sent.Content.Price);
        try
        {
            await WriteAsync(http, Line(body), end);
        }
        catch
        {
            sent.RemoveSentTo(connection.Id);
            throw;
        }
    }

    private static JsonObject Errors() =>
        new() { ["errors"] = new JsonArray(ApiErrors.OperationalDisconnect("UpstreamOperationalDisconnect")) };

    private static byte[] Line(JsonObject body) => [.. JsonSerializer.SerializeToUtf8Bytes(body), .. LineEnd.Span];

    private static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await http.Response.Body.WriteAsync(bytes, cancellationToken);
        await http.Response.Body.FlushAsync(cancellationToken);
    }
}
