using System.IO.Compression;
using System.Text.Json;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>The kind of problem in X's error body. X uses its types with two hosts, so only the last path segment counts.</summary>
public static class ProblemType
{
    public const string UsageCapped = "usage-capped";

    public const string RateLimitExceeded = "rate-limit-exceeded";

    /// <summary>X's actual 429 responses have no type of their own.</summary>
    private const string Untyped = "about:blank";

    /// <summary>The error code for an exhausted window in X's legacy error format.</summary>
    private const int RateLimitCode = 88;

    /// <summary>X's problems take a few hundred bytes. A larger body is not one, or a decompression bomb.</summary>
    private const int MaxBytes = 64 * 1024;

    /// <summary>
    /// The last segment of the type, from the top level or the first error; null when there is none, or the body is not JSON.
    /// </summary>
    /// <param name="headers">X's headers: the body may be compressed.</param>
    /// <param name="body">As X sent it.</param>
    public static string? Of(IReadOnlyList<HeaderField> headers, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(Decoded(headers, body));
            return TypeOf(document.RootElement)
                ?? (
                    document.RootElement.TryGetProperty("errors", out var errors)
                    && errors is { ValueKind: JsonValueKind.Array }
                    && errors.GetArrayLength() > 0
                        ? TypeOf(errors[0])
                        : null
                );
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The cap that the response reports as used up, for longer than any window; null for other responses.</summary>
    public static UsageCapKind? CapOf(int status, string? type) =>
        (status, type) switch
        {
            (402, _) => UsageCapKind.CreditsDepleted,
            (429, UsageCapped) => UsageCapKind.UsageCapped,
            _ => null,
        };

    /// <summary>Whether a 429 of this type is about the rate, even if its headers report remaining calls.</summary>
    public static bool IsRateLimit(string? type) => type is RateLimitExceeded or Untyped;

    private static string? TypeOf(JsonElement problem)
    {
        if (problem.ValueKind is not JsonValueKind.Object)
            return null;
        if (problem.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String)
        {
            var uri = type.GetString()!.TrimEnd('/');
            return uri[(uri.LastIndexOf('/') + 1)..];
        }

        return
            problem.TryGetProperty("code", out var code)
            && code.ValueKind is JsonValueKind.Number
            && code.TryGetInt32(out var number)
            && number == RateLimitCode
            ? RateLimitExceeded
            : null;
    }

    private static ReadOnlyMemory<byte> Decoded(IReadOnlyList<HeaderField> headers, ReadOnlyMemory<byte> body)
    {
        string? encoding = null;
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers[i].Name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase))
                encoding = headers[i].Value.Trim();
        }

        if (encoding is null or "" || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return body.Length <= MaxBytes ? body : default;
        using var encoded = new MemoryStream(body.ToArray());
        using Stream? decoder = encoding.ToLowerInvariant() switch
        {
            "gzip" => new GZipStream(encoded, CompressionMode.Decompress),
            "br" => new BrotliStream(encoded, CompressionMode.Decompress),
            "deflate" => new ZLibStream(encoded, CompressionMode.Decompress),
            _ => null,
        };
        if (decoder is null)
            return default;
        var decoded = new byte[MaxBytes];
        var length = decoder.ReadAtLeast(decoded, decoded.Length, throwOnEndOfStream: false);
        return decoded.AsMemory(0, length);
    }
}
