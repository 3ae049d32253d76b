using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Api.Streams;

/// <summary>How a stream is written: JSON lines as X's, or server-sent events, whose ids are cursors.</summary>
internal abstract class StreamFormat
{
    private const string EventStream = "text/event-stream";

    public abstract string ContentType { get; }

    public abstract ReadOnlySpan<byte> KeepAlive { get; }

    public static StreamFormat Of(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains(EventStream, StringComparison.OrdinalIgnoreCase)
            ? new ServerSentEvents()
            : new JsonLines();

    public abstract void Write(IBufferWriter<byte> to, RelayedItem item);

    public abstract void Write(IBufferWriter<byte> to, StreamEnd end);

    // As X tells what is wrong in a stream. X's clients know its type of a disconnect; a gap is the proxy's own word.
    private static byte[] Render(StreamGap gap) =>
        Errors(
            new()
            {
                ["title"] = "stream-gap",
                ["detail"] = $"Events may be missing. {gap.Reason}",
                ["type"] = Problems.TypePrefix + "stream_gap",
                ["from"] = gap.From,
                ["to"] = gap.To,
            }
        );

    private static byte[] Render(StreamEnd end) =>
        Errors(
            new()
            {
                ["title"] = "operational-disconnect",
                ["disconnect_type"] = end.Type,
                ["detail"] = end.Detail,
                ["type"] = "https://api.x.com/2/problems/operational-disconnect",
            }
        );

    private static byte[] Errors(JsonObject error) =>
        JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["errors"] = new JsonArray(error) });

    private sealed class JsonLines : StreamFormat
    {
        public override string ContentType => "application/json";

        public override ReadOnlySpan<byte> KeepAlive => "\r\n"u8;

        public override void Write(IBufferWriter<byte> to, RelayedItem item) =>
            Line(to, item.Gap is { } gap ? Render(gap) : item.Line.Span);

        public override void Write(IBufferWriter<byte> to, StreamEnd end) => Line(to, Render(end));

        private static void Line(IBufferWriter<byte> to, ReadOnlySpan<byte> line)
        {
            to.Write(line);
            to.Write("\r\n"u8);
        }
    }

    private sealed class ServerSentEvents : StreamFormat
    {
        public override string ContentType => EventStream;

        public override ReadOnlySpan<byte> KeepAlive => ":\n\n"u8;

        public override void Write(IBufferWriter<byte> to, RelayedItem item)
        {
            if (item.Cursor.Epoch.Length > 0)
                to.Write(Encoding.UTF8.GetBytes($"id: {item.Cursor}\n"));
            if (item.Gap is { } gap)
                Event(to, "gap", Render(gap));
            else
                Data(to, item.Line.Span);
        }

        public override void Write(IBufferWriter<byte> to, StreamEnd end) => Event(to, "end", Render(end));

        private static void Event(IBufferWriter<byte> to, string name, ReadOnlySpan<byte> data)
        {
            to.Write(Encoding.UTF8.GetBytes($"event: {name}\n"));
            Data(to, data);
        }

        private static void Data(IBufferWriter<byte> to, ReadOnlySpan<byte> data)
        {
            to.Write("data: "u8);
            to.Write(data);
            to.Write("\n\n"u8);
        }
    }
}
