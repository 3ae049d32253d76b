using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The errors in a request's parameters; X reports all of them in one 400.</summary>
internal sealed class ErrorList
{
    private JsonArray? _errors;

    /// <summary>The 400 response, or null when there are no errors.</summary>
    public ApiReply? Refusal => _errors is null ? null : ApiErrors.InvalidRequest(_errors);

    public void Add(string parameter, string value, string message) =>
        (_errors ??= []).Add(
            (JsonNode)
                new JsonObject
                {
                    ["parameters"] = new JsonObject { [parameter] = new JsonArray(value) },
                    ["message"] = message,
                }
        );
}
