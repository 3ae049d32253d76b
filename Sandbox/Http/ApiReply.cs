using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>A response as a value, so that faults can change it before it is sent.</summary>
internal sealed class ApiReply
{
    public const string Json = "application/json; charset=utf-8";
    public const string ProblemJson = "application/problem+json; charset=utf-8";

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required int Status { get; init; }
    public string? ContentType { get; init; }
    public ReadOnlyMemory<byte> Body { get; init; }
    public string? Location { get; init; }

    /// <summary>The body before it was serialized; the resources in it are what X bills.</summary>
    public JsonNode? Content { get; init; }

    /// <summary>What the call costs, if not what its endpoint does.</summary>
    public string? Price { get; init; }

    /// <summary>Writes an endless body, after the headers.</summary>
    public Func<HttpContext, Task>? Stream { get; init; }

    /// <summary>A failure of X's edge servers: the response has no rate headers.</summary>
    public bool FromEdge { get; init; }

    /// <summary>Whether x-rate-limit-remaining is 0, whatever the window's state.</summary>
    public bool ShowsExhausted { get; init; }

    public static ApiReply Ok(JsonNode body) => Of(200, body);

    public static ApiReply Of(int status, JsonNode body, string contentType = Json, string? price = null) =>
        new()
        {
            Status = status,
            Content = body,
            Price = price,
            ContentType = contentType,
            Body = JsonSerializer.SerializeToUtf8Bytes(body, Unescaped),
        };

    /// <summary>A 200 with <c>{"data": ...}</c>.</summary>
    /// <param name="price">A name in prices.tsv, when this call does not cost what the endpoint's others do.</param>
    public static ApiReply Data(JsonNode data, int status = 200, string? price = null) =>
        Of(status, new JsonObject { ["data"] = data }, price: price);

    /// <summary>A 200 with one boolean in <c>data</c>, as X confirms a change.</summary>
    public static ApiReply Flag(string name, bool value) => Data(new JsonObject { [name] = value });

    /// <summary>The smallest GIF, where X responds with the bytes of media.</summary>
    public static ApiReply SmallestImage { get; } =
        new()
        {
            Status = 200,
            ContentType = "image/gif",
            Body = Convert.FromBase64String("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="),
        };

    public static ApiReply Empty(int status) => new() { Status = status };

    public static ApiReply Page(int status, string html) =>
        new()
        {
            Status = status,
            ContentType = "text/html; charset=utf-8",
            Body = Encoding.UTF8.GetBytes(html),
        };

    public static ApiReply Redirect(string location) => new() { Status = 302, Location = location };
}
