using System.Text.Json.Serialization;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>The JSON of the token endpoint, success (RFC 6749 section 5.1) and error (5.2) alike.</summary>
internal sealed record TokenAnswer
{
    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    [JsonPropertyName("refresh_token")]
    public string? RefreshToken { get; init; }

    [JsonPropertyName("expires_in")]
    public long? ExpiresIn { get; init; }

    [JsonPropertyName("scope")]
    public string? Scope { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("error_description")]
    public string? ErrorDescription { get; init; }

    public override string ToString() => "[token answer]";
}
