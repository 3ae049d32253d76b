using System.Globalization;
using System.Text.Json;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>The JSON of the token endpoint, success (RFC 6749 section 5.1) and error (5.2) alike.</summary>
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
    /// Reads member by member, and a member that is not what it should be as absent: the answer holds a pair that exists nowhere else,
    /// and it must not be lost over, say, how its lifetime is written.
    /// </summary>
    /// <returns>Null when the body is no JSON object.</returns>
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
                Error = Text(root, "error"),
                ErrorDescription = Text(root, "error_description"),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // HTML from an edge, nothing at all, or text that is no Unicode
        }
    }

    public override string ToString() => "[token answer]";

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind is JsonValueKind.String ? member.GetString() : null;

    private static double? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member)
        && member.ValueKind is JsonValueKind.Number or JsonValueKind.String
        && double.TryParse(member.ToString(), CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
