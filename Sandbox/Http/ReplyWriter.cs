using System.IO.Compression;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Writes a reply to the connection, complete or broken as the fault says.</summary>
internal static class ReplyWriter
{
    public static async Task WriteAsync(HttpContext http, ApiReply reply, Fault? fault)
    {
        var response = http.Response;
        response.StatusCode = reply.Status;
        response.ContentType = reply.ContentType;
        if (reply.Location is not null)
            response.Headers.Location = reply.Location;
        if (reply.ContentType is ApiReply.Json or ApiReply.ProblemJson)
            response.Headers.ContentDisposition = "attachment; filename=json.json";

        if (reply.Stream is not null)
        {
            Apply(fault, response.Headers);
            await reply.Stream(http);
            return;
        }

        var body = Encode(http.Request, response, reply.Body);
        Apply(fault, response.Headers);
        if (reply.Status is 204 or 205 or 304) // has no body, also when a fault gives it one
            return;
        response.ContentLength = body.Length;
        if (fault is { CutOff: true })
        {
            await response.Body.WriteAsync(body[..(body.Length / 2)]);
            await response.Body.FlushAsync();
            http.Abort();
        }
        else if (body.Length > 0)
        {
            await response.Body.WriteAsync(body);
        }
    }

    private static void Apply(Fault? fault, IHeaderDictionary headers)
    {
        if (fault is null)
            return;
        foreach (var (name, value) in fault.Headers)
        {
            if (value is null)
                headers.Remove(name);
            else
                headers[name] = value;
        }
    }

    private static ReadOnlyMemory<byte> Encode(HttpRequest request, HttpResponse response, ReadOnlyMemory<byte> body)
    {
        if (body.Length == 0 || !request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
            return body;
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(body.Span);
        response.Headers.ContentEncoding = "gzip";
        response.Headers.Vary = "accept-encoding";
        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }
}
