using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>The forms of a list.</summary>
internal enum ExportFormat
{
    /// <summary>A page, as a JSON object.</summary>
    Json,

    /// <summary>All of it, as CSV (RFC 4180).</summary>
    Csv,

    /// <summary>All of it, a JSON object a line.</summary>
    JsonLines,
}

/// <summary>Sends rows as CSV or JSON lines, page by page, so that a long list needs no more memory than a short one.</summary>
/// <param name="name">Name of the file, without its ending.</param>
/// <param name="format">CSV or JSON lines.</param>
/// <param name="pages">The rows.</param>
internal sealed class Export<T>(string name, ExportFormat format, IAsyncEnumerable<IReadOnlyList<T>> pages) : IResult
    where T : class
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var response = httpContext.Response;
        try
        {
            await foreach (var page in pages.WithCancellation(httpContext.RequestAborted))
            {
                Begin(response, json);
                foreach (var row in page)
                {
                    if (format is ExportFormat.Csv)
                        WriteLine(response, Cells(row, json));
                    else
                        Write(response, JsonSerializer.Serialize(row, json), "\n");
                }

                await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
            }

            Begin(response, json);
        }
        catch (StoreUnavailableException) when (!response.HasStarted)
        {
            response.Headers.ContentDisposition = default;
            await Problems.WriteAsync(httpContext, SharedRejections.StorageUnavailable("Nothing was read"));
        }
        catch (StoreUnavailableException)
        {
            httpContext.Abort(); // a list that ends early must not look like a whole one
        }
    }

    private void Begin(HttpResponse response, JsonSerializerOptions json)
    {
        if (response.ContentType is not null)
            return;
        var ending = format is ExportFormat.Csv ? "csv" : "jsonl";
        response.ContentType = format is ExportFormat.Csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}.{ending}\"";
        if (format is ExportFormat.Csv)
            WriteLine(response, typeof(T).GetProperties().Select(property => json.PropertyNamingPolicy!.ConvertName(property.Name)));
    }

    private static void WriteLine(HttpResponse response, IEnumerable<string> cells) =>
        Write(response, string.Join(',', cells.Select(Cell)), "\r\n");

    private static void Write(HttpResponse response, string text, string end)
    {
        Encoding.UTF8.GetBytes(text, response.BodyWriter);
        Encoding.UTF8.GetBytes(end, response.BodyWriter);
    }

    private static IEnumerable<string> Cells(T row, JsonSerializerOptions json) =>
        typeof(T)
            .GetProperties()
            .Select(property =>
                property.GetValue(row) switch
                {
                    null => "",
                    DateTimeOffset at => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
                    string text => Harmless(text),
                    IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                    var other => JsonSerializer.Serialize(other, json),
                }
            );

    // A spreadsheet takes text that begins so for a formula. What is a number is written by us.
    private static string Harmless(string text) => text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? "'" + text : text;

    private static string Cell(string text) =>
        text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
