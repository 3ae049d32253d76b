using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// The fields of a media request, from the query, multipart, form or JSON. The part "media" is read as bytes even without a file name,
/// because some clients omit it; in JSON it is base64.
/// </summary>
internal sealed class MediaForm : IDisposable
{
    private readonly Dictionary<string, string> _fields = [];

    /// <summary>The bytes, if any. <see cref="TakeMedia"/> transfers their ownership.</summary>
    public SpooledFile? Media { get; private set; }

    /// <summary>Whether the JSON or multipart body could be read.</summary>
    public bool IsReadable { get; private set; } = true;

    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Reads the request once; later calls for the same request get the same form.</summary>
    public static async ValueTask<MediaForm> ReadAsync(ApiCall call, MediaSpool spool)
    {
        if (call.Http.Items.TryGetValue(typeof(MediaForm), out var known))
            return (MediaForm)known!;
        var form = new MediaForm();
        call.Http.Items[typeof(MediaForm)] = form;
        call.Http.Response.RegisterForDispose(form);

        foreach (var (name, value) in call.Request.Query)
            form._fields[name] = value.ToString();
        if (!MediaTypeHeaderValue.TryParse(call.Request.ContentType, out var type))
            return form;
        if (IsType(type, "multipart/form-data"))
            await form.ReadPartsAsync(call, type, spool);
        else if (IsType(type, "application/json"))
            await form.ReadJsonAsync(call, spool);
        else if (call.Request.HasFormContentType)
            await form.ReadFieldsAsync(call);
        return form;
    }

    public SpooledFile? TakeMedia()
    {
        var media = Media;
        Media = null;
        return media;
    }

    public void Dispose() => Media?.Dispose();

    private static bool IsType(MediaTypeHeaderValue type, string name) => type.MediaType.Equals(name, StringComparison.OrdinalIgnoreCase);

    private async Task ReadPartsAsync(ApiCall call, MediaTypeHeaderValue type, MediaSpool spool)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        try
        {
            IsReadable = boundary.Length > 0;
            if (IsReadable)
                await ReadPartsAsync(call, boundary, spool);
        }
        // A body without its boundary, or with unreadable part headers.
        catch (Exception e)
            when (e is InvalidDataException or IOException and not BadHttpRequestException
                && !call.Http.RequestAborted.IsCancellationRequested
            )
        {
            IsReadable = false;
        }
    }

    private async Task ReadPartsAsync(ApiCall call, string boundary, MediaSpool spool)
    {
        var reader = new MultipartReader(boundary, call.Request.Body);
        while (await reader.ReadNextSectionAsync(call.Http.RequestAborted) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                continue;
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
            if (name == "media")
            {
                Media?.Dispose();
                Media = await spool.WriteAsync(section.Body, call.Http.RequestAborted);
            }
            else
            {
                _fields[name] = await section.ReadAsStringAsync(call.Http.RequestAborted);
            }
        }
    }

    private async Task ReadJsonAsync(ApiCall call, MediaSpool spool)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
        {
            // Some clients send the JSON content type with an empty body.
            IsReadable = call.Request.ContentLength is null or 0;
            return;
        }
        foreach (var (name, value) in body.Scalars())
        {
            if (name != "media")
                _fields[name] = value;
        }
        if (body.Bytes("media") is not { } bytes)
            return;
        using var stream = new MemoryStream(bytes);
        Media = await spool.WriteAsync(stream, call.Http.RequestAborted);
    }

    private async Task ReadFieldsAsync(ApiCall call)
    {
        foreach (var (name, value) in await call.ReadFormAsync())
            _fields[name] = value.ToString();
    }
}
