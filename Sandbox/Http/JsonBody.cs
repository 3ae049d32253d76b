using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Reads a JSON object by X's schema, which allows no unknown properties, and collects errors.</summary>
internal sealed class JsonBody
{
    private const string NotInSchema = "is not defined in the schema and the schema does not allow additional properties";

    private readonly ErrorList _errors;
    private readonly JsonElement _object;
    private readonly string _path;

    private JsonBody(JsonElement element, string path, ErrorList errors)
    {
        _object = element;
        _path = path;
        _errors = errors;
    }

    public ApiReply? Refusal => _errors.Refusal;

    /// <summary>Reads the request's body; null when it is not a JSON object.</summary>
    /// <exception cref="BadHttpRequestException">The body is too large or breaks off.</exception>
    public static async ValueTask<JsonBody?> ReadAsync(ApiCall call)
    {
        try
        {
            var root = await JsonSerializer.DeserializeAsync<JsonElement>(call.Request.Body, cancellationToken: call.Http.RequestAborted);
            ReadTexts(root);
            return root.ValueKind == JsonValueKind.Object ? new JsonBody(root, "$", new ErrorList()) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public void Allow(params ReadOnlySpan<string> names)
    {
        foreach (var property in _object.EnumerateObject())
        {
            if (!names.Contains(property.Name))
                Fail(property.Name, property.Value.GetRawText(), NotInSchema);
        }
    }

    public bool Has(string name) => _object.TryGetProperty(name, out _);

    public string? Text(string name, int max = int.MaxValue)
    {
        if (Property(name, JsonValueKind.String) is not { } element)
            return null;
        var text = element.GetString()!;
        if (text.Length > max)
            Fail(name, text, $"must be at most {max} characters long");
        return text;
    }

    public string RequiredText(string name)
    {
        if (!Has(name))
            Fail(name, "", "is missing but it is required");
        return Text(name) ?? "";
    }

    /// <summary>An id, which X sends as a string of digits.</summary>
    public long? Id(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (SnowflakeIds.TryParse(text, out var id))
            return id;
        Fail(name, text, "does not match the regex pattern ^[0-9]{1,19}$");
        return null;
    }

    public long RequiredId(string name)
    {
        if (!Has(name))
            Fail(name, "", "is missing but it is required");
        return Id(name) ?? 0;
    }

    public bool? Flag(string name)
    {
        if (!_object.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null)
            return null;
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return element.GetBoolean();
        Fail(name, element.GetRawText(), $"{element.ValueKind} found, boolean expected".ToLowerInvariant());
        return null;
    }

    /// <summary>A copy of the whole object.</summary>
    public JsonObject ToJson() => JsonObject.Create(_object)!;

    public long? Number(string name, long min, long max)
    {
        if (Property(name, JsonValueKind.Number) is not { } element)
            return null;
        if (element.TryGetInt64(out var number) && number >= min && number <= max)
            return number;
        Fail(name, element.GetRawText(), string.Create(CultureInfo.InvariantCulture, $"must be between {min} and {max}"));
        return null;
    }

    public string[] Texts(string name, int min, int max)
    {
        if (Property(name, JsonValueKind.Array) is not { } element)
            return [];
        var count = element.GetArrayLength();
        if (count < min)
            Fail(name, element.GetRawText(), $"there must be a minimum of {min} items in the array");
        if (count > max)
            Fail(name, element.GetRawText(), $"there must be a maximum of {max} items in the array");
        if (element.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return [.. element.EnumerateArray().Select(item => item.GetString()!)];
        Fail(name, element.GetRawText(), "string expected");
        return [];
    }

    public JsonBody? Object(string name) =>
        Property(name, JsonValueKind.Object) is { } element ? new JsonBody(element, $"{_path}.{name}", _errors) : null;

    public IReadOnlyList<JsonBody> Objects(string name)
    {
        if (Property(name, JsonValueKind.Array) is not { } element)
            return [];
        var items = element.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object);
        return [.. items.Select(item => new JsonBody(item, $"{_path}.{name}", _errors))];
    }

    /// <summary>All properties as text: arrays of strings joined by commas, other non-strings as their JSON.</summary>
    public IEnumerable<(string Name, string Value)> Scalars()
    {
        foreach (var property in _object.EnumerateObject())
        {
            yield return property.Value.ValueKind switch
            {
                JsonValueKind.String when property.Name == "media" => (property.Name, ""),
                JsonValueKind.Array => (property.Name, string.Join(',', property.Value.EnumerateArray())),
                _ => (property.Name, property.Value.ToString()),
            };
        }
    }

    /// <summary>The bytes of a base64 string.</summary>
    public byte[]? Bytes(string name)
    {
        if (Property(name, JsonValueKind.String) is not { } element)
            return null;
        if (element.TryGetBytesFromBase64(out var bytes))
            return bytes;
        Fail(name, "", "is not base64");
        return null;
    }

    /// <summary>Adds an error that is not about the schema, with X's message.</summary>
    public void Refuse(string parameter, string value, string message) => _errors.Add(parameter, value, message);

    public void Fail(string name, string value, string problem) => _errors.Add($"{_path}.{name}"[2..], value, $"{_path}.{name}: {problem}");

    private JsonElement? Property(string name, JsonValueKind kind)
    {
        if (!_object.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null)
            return null;
        if (element.ValueKind == kind)
            return element;
        Fail(name, element.GetRawText(), $"{element.ValueKind} found, {kind} expected".ToLowerInvariant());
        return null;
    }

    // Half a surrogate pair is valid JSON and no text: reading it throws InvalidOperationException.
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadTexts(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    ReadTexts(item);
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            default:
                break;
        }
    }
}
