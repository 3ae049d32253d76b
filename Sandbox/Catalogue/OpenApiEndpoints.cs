using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's description of itself, as far as the catalogue has it: paths, operation ids and callers.</summary>
internal static class OpenApiEndpoints
{
    public static IEnumerable<ApiEndpoint> All =>
        [new("GET", "/2/openapi.json", _ => new(ApiReply.Ok(Document()))) { Authentication = ApiAuthentication.None }];

    private static JsonObject Document()
    {
        var paths = new JsonObject();
        foreach (var group in OperationCatalogue.All.GroupBy(operation => operation.Path))
        {
            paths[group.Key] = new JsonObject(
                group.Select(operation =>
                    KeyValuePair.Create<string, JsonNode?>(
                        operation.Method.ToLowerInvariant(),
                        new JsonObject { ["operationId"] = operation.Name, ["security"] = Security(operation) }
                    )
                )
            );
        }
        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "X API v2", ["version"] = "2.167" },
            ["paths"] = paths,
        };
    }

    private static JsonArray Security(Operation operation)
    {
        var security = new JsonArray();
        if (operation.Authentication is ApiAuthentication.App or ApiAuthentication.UserOrApp)
            security.Add((JsonNode)new JsonObject { ["BearerToken"] = new JsonArray() });
        if (operation.Authentication is ApiAuthentication.User or ApiAuthentication.UserOrApp)
        {
            var scopes = operation.Scopes.Select(scope => (JsonNode)scope);
            security.Add((JsonNode)new JsonObject { ["OAuth2UserToken"] = new JsonArray([.. scopes]) });
        }
        return security;
    }
}
