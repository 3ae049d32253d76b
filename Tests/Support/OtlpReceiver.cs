using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>An OpenTelemetry collector: it takes OTLP over HTTP (opentelemetry-proto 1.x) and keeps what it is sent.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>For OTEL_EXPORTER_OTLP_ENDPOINT, with the protocol http/protobuf.</summary>
    public string Url => _app.Urls.First();

    public ConcurrentQueue<OtlpSpan> Spans { get; } = [];

    /// <summary>The newest count or sum of each series: <c>otp.call.duration family=users outcome=success</c>.</summary>
    public ConcurrentDictionary<string, long> Counts { get; } = new();

    /// <summary>Everything as it came, for texts that must not be in it.</summary>
    public ConcurrentQueue<byte[]> Bodies { get; } = [];

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/traces", context => receiver.TakeAsync(context, receiver.ReadSpans));
        app.MapPost("/v1/metrics", context => receiver.TakeAsync(context, receiver.ReadMetrics));
        await app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, Action<ReadOnlyMemory<byte>> read)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Bodies.Enqueue(body.ToArray());
        read(body.ToArray());
        context.Response.ContentType = "application/x-protobuf";
    }

    // ExportTraceServiceRequest.resource_spans(1).scope_spans(2): scope(1).name(1), spans(2).
    private void ReadSpans(ReadOnlyMemory<byte> request)
    {
        foreach (var scope in ProtobufMessage.Of(request).All(1).SelectMany(resource => resource.All(2)))
        {
            var source = scope.All(1).Select(name => name.Text(1)).FirstOrDefault() ?? "";
            foreach (var span in scope.All(2))
                Spans.Enqueue(new(source, span.Text(5), span.Hex(1), span.Hex(2), span.Hex(4), TagsOf(span, 9)));
        }
    }

    // ExportMetricsServiceRequest.resource_metrics(1).scope_metrics(2).metrics(2): name(1), sum(7) or histogram(9) with data_points(1).
    private void ReadMetrics(ReadOnlyMemory<byte> request)
    {
        foreach (var metric in ProtobufMessage.Of(request).All(1).SelectMany(resource => resource.All(2)).SelectMany(scope => scope.All(2)))
        {
            foreach (var point in metric.All(7).SelectMany(sum => sum.All(1)))
                Counts[$"{metric.Text(1)}{TagsOf(point, 7)}"] = point.Fixed(6);
            foreach (var point in metric.All(9).SelectMany(histogram => histogram.All(1)))
                Counts[$"{metric.Text(1)}{TagsOf(point, 9)}"] = point.Fixed(4);
        }
    }

    // KeyValue: key(1), value(2).string_value(1).
    private static string TagsOf(ProtobufMessage message, int field) =>
        string.Concat(
            message
                .All(field)
                .Select(tag => $" {tag.Text(1)}={tag.All(2).Select(value => value.Text(1)).FirstOrDefault()}")
                .Order(StringComparer.Ordinal)
        );
}

/// <summary>A span as it was sent.</summary>
internal sealed record OtlpSpan(string Source, string Name, string TraceId, string SpanId, string ParentId, string Tags);

/// <summary>A message in protobuf's wire format, read without its schema.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Field, ReadOnlyMemory<byte> Bytes, long Number)> _fields = [];

    public static ProtobufMessage Of(ReadOnlyMemory<byte> bytes)
    {
        var message = new ProtobufMessage();
        for (var at = 0; at < bytes.Length; )
        {
            var key = Varint(bytes.Span, ref at);
            var field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    message._fields.Add((field, default, Varint(bytes.Span, ref at)));
                    break;
                case 1:
                    message._fields.Add((field, default, BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[at..])));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(bytes.Span, ref at);
                    message._fields.Add((field, bytes.Slice(at, length), 0));
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"Protobuf has no wire type {key & 7}.");
            }
        }

        return message;
    }

    public IEnumerable<ProtobufMessage> All(int field) => _fields.Where(entry => entry.Field == field).Select(entry => Of(entry.Bytes));

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field).Span);

    public long Fixed(int field) => _fields.Find(entry => entry.Field == field).Number;

    private ReadOnlyMemory<byte> Bytes(int field) => _fields.Find(entry => entry.Field == field).Bytes;

    private static long Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0L;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (long)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
