namespace OrleansTwitterProxy.Sandbox;

/// <summary>How X ends a stream's connection.</summary>
public enum StreamDisconnect
{
    /// <summary>An operational-disconnect error as the last line, then the regular end of the response.</summary>
    Operational,

    /// <summary>The connection breaks without a word; events that the client has not read yet may be lost with it.</summary>
    Reset,

    /// <summary>The connection stays open, and nothing comes any more: no event, no keep-alive.</summary>
    Silence,
}

/// <summary>When X ends the connections of a stream. Without a condition it ends those that are open, at once and only once.</summary>
public sealed record StreamDisconnectScript
{
    /// <summary>What happens.</summary>
    /// <value>Default <see cref="StreamDisconnect.Operational"/>.</value>
    public StreamDisconnect How { get; init; }

    /// <summary>After how many events of a connection; 0 is right after it opens.</summary>
    /// <value>Default null: not by number.</value>
    public int? AfterEvents { get; init; }

    /// <summary>Probability after each event, 0 to 1.</summary>
    /// <value>Default null: not at random.</value>
    public double? Ratio { get; init; }

    /// <summary>Seed of the probability: the same seed disconnects after the same events.</summary>
    /// <value>Default 0.</value>
    public int Seed { get; init; }

    /// <summary>How many connections are ended.</summary>
    /// <value>Default null: no bound.</value>
    public int? Times { get; init; }

    internal bool IsImmediate => AfterEvents is null && Ratio is null;

    internal void Validate()
    {
        if (AfterEvents < 0 || Ratio is < 0 or > 1 || Times < 1)
            throw new ArgumentException("after_events is 0 or more, ratio 0 to 1, times 1 or more.");
    }
}

/// <summary>A script in force. Guarded by <see cref="EventStream"/>.</summary>
internal sealed class RunningScript(StreamDisconnectScript script)
{
    private readonly Random _random = new(script.Seed);
    private int _left = script.Times ?? int.MaxValue;

    /// <summary>What happens to a connection after so many of its events; null for nothing.</summary>
    public StreamDisconnect? Draw(long sent)
    {
        var strikes = sent == script.AfterEvents || (sent > 0 && script.Ratio is { } ratio && _random.NextDouble() < ratio);
        return strikes && _left-- > 0 ? script.How : null;
    }
}
