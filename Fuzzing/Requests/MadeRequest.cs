namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>A made-up request: bytes, and how they are sent.</summary>
public sealed record MadeRequest
{
    /// <summary>With the seed it gives the request again.</summary>
    public required int Number { get; init; }

    public required Route Route { get; init; }

    public required string Method { get; init; }

    /// <summary>The request, or several of them pipelined.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>How many requests <see cref="Bytes"/> are meant to be.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Whether it ends where it says, so that the whole answer must come.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Whether a client library could send it, so that every refusal must be in the one error format.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Whether it may wait for long because it asks to, or is a stream.</summary>
    public bool MayWait { get; init; }

    /// <summary>The bytes are sent in so many pieces, with pauses between them.</summary>
    public int Pieces { get; init; } = 1;

    public Ending Ending { get; init; }
}

/// <summary>What the client does after its last byte.</summary>
public enum Ending
{
    /// <summary>It waits for the answer.</summary>
    Wait,

    /// <summary>It sends no more, and still reads.</summary>
    HalfClose,

    /// <summary>It resets the connection.</summary>
    Reset,

    /// <summary>It leaves after a moment, without having sent everything.</summary>
    Abandon,
}
