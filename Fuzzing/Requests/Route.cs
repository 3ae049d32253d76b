using System.Text.Json;

namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>One route, as the API description has it.</summary>
/// <param name="Path">Its template, as <c>/v1/media/{id}</c>.</param>
/// <param name="Operations">What it takes by method, in upper case.</param>
public sealed record Route(string Path, IReadOnlyDictionary<string, Operation> Operations)
{
    /// <summary>Served, and not described: pages, and paths of no route.</summary>
    private static readonly string[] Undescribed =
    [
        "/",
        "/home/{id}",
        "/openapi/v1.json",
        "/dashboard",
        "/dashboard/DashboardCounters",
        "/dashboard/{id}",
        "/ops",
        "/ops/{id}",
        "/healthz",
        "/v1",
        "/v1/{id}",
        "/{id}",
        "/2",
        "*",
    ];

    /// <summary>Whether X's own answers pass through it.</summary>
    public bool Forwards =>
        Path.StartsWith("/2", StringComparison.Ordinal)
        || Path.StartsWith("/v1/tweets", StringComparison.Ordinal)
        || Path.StartsWith("/v1/timelines", StringComparison.Ordinal)
        || Path.StartsWith("/v1/users", StringComparison.Ordinal);

    public static IReadOnlyList<Route> ReadFrom(JsonElement description)
    {
        List<Route> routes = [.. Undescribed.Select(path => new Route(path, Anonymous("GET")))];
        foreach (var path in description.GetProperty("paths").EnumerateObject())
        {
            routes.Add(
                new(
                    path.Name,
                    path.Value.EnumerateObject()
                        .Where(operation => operation.Value.ValueKind == JsonValueKind.Object)
                        .ToDictionary(
                            operation => operation.Name.ToUpperInvariant(),
                            operation => Operation.Of(operation.Value, description),
                            StringComparer.Ordinal
                        )
                )
            );
        }

        return [.. routes.OrderBy(route => route.Path, StringComparer.Ordinal)];
    }

    private static Dictionary<string, Operation> Anonymous(string method) => new(StringComparer.Ordinal) { [method] = new([], [], []) };
}

/// <summary>What one method of a route takes.</summary>
/// <param name="Queries">Names of query parameters.</param>
/// <param name="Fields">Top-level fields of its JSON body.</param>
/// <param name="Schemes">Names of its authentication schemes.</param>
public sealed record Operation(IReadOnlyList<string> Queries, IReadOnlyList<string> Fields, IReadOnlyList<string> Schemes)
{
    public bool IsForOperators => Schemes.Contains("operator");

    internal static Operation Of(JsonElement operation, JsonElement description) =>
        new(
            [
                .. Items(operation, "parameters")
                    .Where(parameter => parameter.GetProperty("in").GetString() is "query")
                    .Select(parameter => parameter.GetProperty("name").GetString()!),
            ],
            [.. FieldsOf(operation, description)],
            [.. Items(operation, "security").SelectMany(scheme => scheme.EnumerateObject()).Select(scheme => scheme.Name)]
        );

    private static IEnumerable<string> FieldsOf(JsonElement operation, JsonElement description)
    {
        if (
            !operation.TryGetProperty("requestBody", out var body)
            || !body.GetProperty("content").TryGetProperty("application/json", out var json)
            || !json.TryGetProperty("schema", out var schema)
        )
            return [];
        if (schema.TryGetProperty("oneOf", out var choices))
            schema = choices.EnumerateArray().Last();
        if (schema.TryGetProperty("$ref", out var reference))
            schema = description.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        return schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().Select(field => field.Name) : [];
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : default;
}
