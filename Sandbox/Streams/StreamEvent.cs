using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Something that a stream tells, as each connection asks to see it.</summary>
/// <param name="Price">What a delivery costs, a name in prices.tsv; null for nothing.</param>
internal sealed record StreamEvent(Func<FieldSelection, JsonObject> Render, string? Price)
{
    public static StreamEvent Of(JsonObject body, string? price) => new(_ => body.DeepClone().AsObject(), price);
}

/// <summary>An event with its number in the stream, and the connections to which it was sent.</summary>
internal sealed class NumberedEvent(long sequence, StreamEvent content, DateTimeOffset at)
{
    private readonly Lock _gate = new();
    private readonly List<string> _sentTo = [];

    public long Sequence { get; } = sequence;
    public StreamEvent Content { get; } = content;
    public DateTimeOffset At { get; } = at;

    public IReadOnlyList<string> SentTo
    {
        get
        {
            lock (_gate)
                return [.. _sentTo];
        }
    }

    public void AddSentTo(string connectionId)
    {
        lock (_gate)
            _sentTo.Add(connectionId);
    }

    public void RemoveSentTo(string connectionId)
    {
        lock (_gate)
            _sentTo.Remove(connectionId);
    }
}

/// <summary>A line to send, or an order to end the connection.</summary>
internal readonly record struct StreamItem(NumberedEvent? Event, StreamDisconnect? Disconnect);
