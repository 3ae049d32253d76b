using System.Text;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>A client's description of an upload in Upload-Metadata: keys with base64 values, separated by commas.</summary>
/// <param name="MediaType"><c>filetype</c> or <c>type</c>; else from the extension of <c>filename</c> or <c>name</c>.</param>
/// <param name="Category"><c>category</c>: X's media_category.</param>
/// <param name="AltText"><c>alt_text</c>.</param>
internal sealed record UploadMetadata(string? MediaType, string? Category, string? AltText)
{
    public const int MaxLength = 16 * 1024;
    public const int MaxAltText = 1000; // characters

    /// <returns>Null when the header cannot be parsed.</returns>
    public static UploadMetadata? Parse(string header)
    {
        if (header.Length > MaxLength)
            return null;
        Dictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var space = pair.IndexOf(' ', StringComparison.Ordinal);
            var (key, value) = space < 0 ? (pair, "") : (pair[..space], pair[(space + 1)..]);
            if (!key.All(c => c is > ' ' and <= '~')) // the header is returned as it came, and must be sendable
                return null;
            var bytes = new byte[value.Length];
            if (!Convert.TryFromBase64String(value, bytes, out var length))
                return null;
            values[key] = Encoding.UTF8.GetString(bytes, 0, length);
        }

        var type = Of("filetype") ?? Of("type") ?? TypeOfFile(Of("filename") ?? Of("name"));
        return new(type?.Split(';')[0].Trim().ToLowerInvariant(), Of("category"), Of("alt_text"));

        string? Of(string key) => values.GetValueOrDefault(key) is { Length: > 0 } value ? value : null;
    }

    private static string? TypeOfFile(string? name) =>
        Path.GetExtension(name)?.ToLowerInvariant() switch
        {
            ".mp4" or ".m4v" => "video/mp4",
            ".mov" => "video/quicktime",
            ".webm" => "video/webm",
            ".ts" => "video/mp2t",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".png" => "image/png",
            ".gif" => "image/gif",
            ".webp" => "image/webp",
            ".srt" => "text/srt",
            ".vtt" => "text/vtt",
            _ => null,
        };
}
