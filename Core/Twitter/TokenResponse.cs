using System.Globalization;
using System.Text.Json;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>The JSON of the token endpoint, for success (RFC 6749 section 5.1) and error (5.2).</summary>
internal sealed record TokenResponse
{
    public string? AccessToken { get; private init; }

    public string? RefreshToken { get; private init; }

    /// <summary>Seconds.</summary>
    public double? ExpiresIn { get; private init; }

    public string? Scope { get; private init; }

    public string? Error { get; private init; }

    public string? ErrorDescription { get; private init; }

    /// <summary>
    /// Reads each member on its own and treats an invalid one as missing. The response has the only copy of the token pair, which must not
    /// be lost because, for example, its lifetime has an unexpected format.
    /// </summary>
    /// <returns>Null when the body is not a JSON object.</returns>
    public static TokenResponse? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object)
                return null;
            return new()
            {
                AccessToken = Text(root, "access_token"),
                RefreshToken = Text(root, "refresh_token"),
                ExpiresIn = Number(root, "expires_in"),
                Scope = Text(root, "scope"),
                Error = Text(root, "error") ?? Label(root),
                ErrorDescription = Text(root, "error_description"),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // HTML from an edge server, an empty body, or invalid UTF-8
        }
    }

    public override string ToString() => "[token answer]";

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind is JsonValueKind.String ? member.GetString() : null;

    // X's legacy error format: {"errors": [{"code": 99, "label": "authenticity_token_error"}]}.
    private static string? Label(JsonElement root) =>
        root.TryGetProperty("errors", out var errors)
        && errors.ValueKind is JsonValueKind.Array
        && errors.GetArrayLength() > 0
        && errors[0].ValueKind is JsonValueKind.Object
            ? Text(errors[0], "label")
            : null;

    private static double? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member)
        && member.ValueKind is JsonValueKind.Number or JsonValueKind.String
        && double.TryParse(member.ToString(), CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
