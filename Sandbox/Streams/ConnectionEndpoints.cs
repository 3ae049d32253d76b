using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The app's connections to streams: their history, and ending those that are open.</summary>
internal sealed class ConnectionEndpoints(SandboxStreams streams)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/connections", List),
            new("DELETE", "/2/connections", EndByIdsAsync),
            new("DELETE", "/2/connections/all", _ => new(End(Open))),
            new("DELETE", "/2/connections/{endpoint_id}", EndByEndpoint),
        ];

    private IEnumerable<StreamConnection> Open => streams.All.SelectMany(stream => stream.Connections).Where(IsOpen);

    private ValueTask<ApiReply> List(ApiCall call)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 10);
        var status = call.Query.Text("status") ?? "active";
        if (status is not ("active" or "inactive" or "all"))
            call.Query.Fail("status", status, $"The `status` query parameter value [{status}] is not one of [active,inactive,all]");
        var endpoints = call.Query.Text("endpoints")?.Split(',');
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var wanted = streams
            .All.SelectMany(stream => stream.Connections)
            .Where(connection => status == "all" || IsOpen(connection) == (status == "active"))
            .Where(connection => endpoints?.Contains(connection.Stream.Route.Name) != false)
            .OrderByDescending(connection => connection.Key);
        var page = Page<StreamConnection>.Take(wanted, connection => connection.Key, request);
        var body = new JsonObject();
        if (page.Items.Count > 0)
            body["data"] = new JsonArray([.. page.Items.Select(Render)]);
        body["meta"] = PostReplies.Meta(page);
        return new(ApiReply.Ok(body));
    }

    private async ValueTask<ApiReply> EndByIdsAsync(ApiCall call)
    {
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("uuids");
        if (!body.Has("uuids"))
            body.Fail("uuids", "", "is missing but it is required");
        var ids = body.Texts("uuids", 1, 100);
        return body.Refusal ?? End(Open.Where(connection => ids.Contains(connection.Id)), ids);
    }

    private ValueTask<ApiReply> EndByEndpoint(ApiCall call)
    {
        var name = call.Route("endpoint_id");
        if (!StreamRoute.All.Any(route => route.Name == name))
            call.Query.Fail("endpoint_id", name, $"The `endpoint_id` query parameter value [{name}] is not valid");
        return new(call.Query.Refusal ?? End(Open.Where(connection => connection.Stream.Route.Name == name)));
    }

    /// <param name="ids">The ids that were asked for; those that are not open are reported as failed.</param>
    private static ApiReply End(IEnumerable<StreamConnection> connections, string[]? ids = null)
    {
        var ended = connections.ToList();
        foreach (var connection in ended)
            connection.Write(new StreamItem(null, StreamDisconnect.Operational));
        var results = new JsonArray([.. ended.Select(connection => new JsonObject { ["uuid"] = connection.Id, ["success"] = true })]);
        var failed = ids?.Where(id => ended.TrueForAll(connection => connection.Id != id)).ToList() ?? [];
        foreach (var id in failed)
        {
            results.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["uuid"] = id,
                        ["success"] = false,
                        ["error_message"] = "Connection not found",
                    }
            );
        }
        return ApiReply.Data(
            new JsonObject
            {
                ["successful_kills"] = ended.Count,
                ["failed_kills"] = failed.Count,
                ["results"] = results,
            }
        );
    }

    private static bool IsOpen(StreamConnection connection) => connection.DisconnectedAt is null;

    private static JsonObject Render(StreamConnection connection)
    {
        var json = new JsonObject
        {
            ["id"] = connection.Id,
            ["endpoint_name"] = connection.Stream.Route.Name,
            ["connected_at"] = UserRenderer.Time(connection.ConnectedAt),
            ["client_ip"] = connection.ClientAddress,
        };
        if (connection.DisconnectedAt is { } at)
        {
            json["disconnected_at"] = UserRenderer.Time(at);
            json["disconnect_reason"] = connection.DisconnectReason;
        }
        return json;
    }
}
