using System.Text.Json;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

/// <summary>What an OpenAPI document of X's says otherwise than the catalogue.</summary>
internal static class OpenApiComparison
{
    private static readonly string[] Methods = ["get", "head", "post", "put", "patch", "delete"];

    /// <returns>A sentence for each difference, in order.</returns>
    public static IReadOnlyList<string> Differences(IEnumerable<Endpoint> catalogue, JsonElement openApi)
    {
        var known = catalogue.ToDictionary(endpoint => OperationTableTests.Shape(endpoint.Key));
        var published = openApi
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject()
                    .Where(member => Methods.Contains(member.Name))
                    .Select(member => (Key: $"{member.Name.ToUpperInvariant()} {path.Name}", Operation: member.Value))
            )
            .ToDictionary(each => OperationTableTests.Shape(each.Key));
        return
        [
            .. published
                .Where(each => !known.ContainsKey(each.Key))
                .Select(each => $"{each.Value.Key} is not in the table")
                .Concat(known.Where(each => !published.ContainsKey(each.Key)).Select(each => $"{each.Value.Key} is gone from X"))
                .Concat(
                    known
                        .Where(each => published.ContainsKey(each.Key))
                        .SelectMany(each => Differences(each.Value, published[each.Key].Operation))
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<string> Differences(Endpoint endpoint, JsonElement operation)
    {
        var security = operation.TryGetProperty("security", out var listed)
            ? listed.EnumerateArray().SelectMany(each => each.EnumerateObject()).ToList()
            : [];
        var scopes = security
            .Where(scheme => scheme.Name is "OAuth2UserToken")
            .SelectMany(scheme => scheme.Value.EnumerateArray().Select(scope => scope.GetString()!))
            .ToHashSet();
        if (!scopes.SetEquals(endpoint.Scopes))
            yield return $"{endpoint.Key} needs the scopes {Written(scopes)} and not {Written(endpoint.Scopes)}";

        var callers = security.Aggregate(Callers.None, (callers, scheme) => callers | CallersOf(scheme.Name));
        if (security.Count == 0)
            callers = Callers.App | Callers.User;
        if (callers != endpoint.Callers)
            yield return $"{endpoint.Key} is for {callers} and not {endpoint.Callers}";

        var isStream = operation.TryGetProperty("x-twitter-streaming", out var streams) && streams.GetBoolean();
        if (isStream != endpoint.IsStream)
            yield return $"{endpoint.Key} is {(isStream ? "a stream" : "no stream")} now";
        if (operation.GetProperty("operationId").GetString() is var id && id != endpoint.OperationId)
            yield return $"{endpoint.Key} is called {id} and not {endpoint.OperationId}";
    }

    private static Callers CallersOf(string scheme) =>
        scheme switch
        {
            "BearerToken" => Callers.App,
            "OAuth2UserToken" => Callers.User,
            _ => Callers.None,
        };

    private static string Written(IEnumerable<string> scopes) => $"[{string.Join(' ', scopes.Order(StringComparer.Ordinal))}]";
}
