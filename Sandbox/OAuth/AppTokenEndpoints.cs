using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The app-only token by client credentials: the same at every request, without expiry.</summary>
internal sealed class AppTokenEndpoints(SandboxOptions options)
{
    public IEnumerable<ApiEndpoint> All => [new("POST", "/oauth2/token", TokenAsync) { Authentication = ApiAuthentication.None }];

    private async ValueTask<ApiReply> TokenAsync(ApiCall call)
    {
        var form = await call.ReadFormAsync();
        if (!ClientAuthentication.IsConsumer(call.Request, options))
            return Refuse(99, "Unable to verify your credentials", "authenticity_token_error");
        if (form["grant_type"].ToString().Length == 0)
            return Refuse(170, "Missing required parameter: grant_type", "forbidden_missing_parameter");
        if (form["grant_type"] != "client_credentials")
            return Refuse(44, "grant_type parameter is invalid", "forbidden_invalid_parameter");
        return ApiReply.Ok(new JsonObject { ["token_type"] = "bearer", ["access_token"] = options.BearerToken });
    }

    private static ApiReply Refuse(int code, string message, string label) =>
        ApiReply.Of(
            403,
            new JsonObject
            {
                ["errors"] = new JsonArray(
                    new JsonObject
                    {
                        ["code"] = code,
                        ["message"] = message,
                        ["label"] = label,
                    }
                ),
            }
        );
}
