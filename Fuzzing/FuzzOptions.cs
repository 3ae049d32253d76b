namespace OrleansTwitterProxy.Fuzzing;

/// <summary>How long and with what to fuzz.</summary>
public sealed record FuzzOptions
{
    public required int Seed { get; init; }

    /// <summary>When to stop; the round under way is finished. Null: by <see cref="Rounds"/> alone.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The number of rounds, of <see cref="FuzzRun.RoundLength"/> requests each. Null: by <see cref="Duration"/> alone.</summary>
    public int? Rounds { get; init; }

    /// <summary>Sends only the request with this number. Null: all.</summary>
    public int? Only { get; init; }

    /// <summary>How long the answer to a whole request may take.</summary>
    public TimeSpan Bound { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many bytes the settled memory of a process may grow.</summary>
    public long MemoryBound { get; init; } = 64L * 1024 * 1024;
}

/// <summary>What was found, and how much was tried.</summary>
public sealed record FuzzReport(long Requests, IReadOnlyList<string> Finds);
