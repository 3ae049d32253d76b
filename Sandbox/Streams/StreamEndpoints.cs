namespace OrleansTwitterProxy.Sandbox;

/// <summary>The streams, all in the same way; app-only.</summary>
internal sealed class StreamEndpoints(SandboxOptions options, SandboxStreams streams, StreamRules rules, StreamSender sender)
{
    private const int MaxBackfillMinutes = 5;

    public IEnumerable<ApiEndpoint> All =>
        StreamRoute.All.Select(route => new ApiEndpoint("GET", route.Path, call => Connect(call, streams[route.Name])));

    private ValueTask<ApiReply> Connect(ApiCall call, EventStream stream)
    {
        var selection = FieldSelection.Read(call);
        call.Query.Int("backfill_minutes", 0, MaxBackfillMinutes, 0);
        if (stream.Route.Partitions > 0 && call.Query.Required("partition").Length > 0)
            call.Query.Int("partition", 1, stream.Route.Partitions, 1);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (stream.Route.Name == StreamRoute.Filtered && options.StreamNeedsRules && rules.All.Count == 0)
            return new(ApiErrors.NoRules);
        if (stream.Connect(call.Http.Connection.RemoteIpAddress?.ToString() ?? "") is not { } connection)
            return new(ApiErrors.TooManyConnections);
        return new(
            new ApiReply
            {
                Status = 200,
                ContentType = ApiReply.Json,
                Stream = http => sender.CopyAsync(connection, http, selection),
            }
        );
    }
}
