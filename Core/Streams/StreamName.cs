using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>
/// What tells one connection of the app's from another: the endpoint, and the partition where X splits a stream into several.
/// </summary>
public static class StreamName
{
    private const string Partition = "partition";

    public static string Of(Endpoint endpoint, StreamQuery query) =>
        endpoint.IsPartitioned && query[Partition] is { } partition ? $"{endpoint.Key}?{Partition}={partition}" : endpoint.Key;

    public static string EndpointKeyOf(string name) => name.Split('?', 2)[0];
}
