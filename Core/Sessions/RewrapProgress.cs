using Orleans;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Re-encryption of stored tokens, while it runs and after.</summary>
[GenerateSerializer, Immutable, Alias("otp.RewrapProgress")]
public sealed record RewrapProgress
{
    [Id(0)]
    public RewrapState State { get; init; }

    /// <summary>When the run began; null when there was none since this silo owns it.</summary>
    [Id(1)]
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    [Id(2)]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Accounts to look at.</summary>
    [Id(3)]
    public int Accounts { get; init; }

    /// <summary>Accounts whose tokens were encrypted with the newest key.</summary>
    [Id(4)]
    public int Reencrypted { get; init; }

    /// <summary>Accounts whose tokens had the newest key already, or that have none.</summary>
    [Id(5)]
    public int Skipped { get; init; }

    /// <summary>Accounts left as they are: their key is lost, their record damaged, or the database did not answer.</summary>
    [Id(6)]
    public int Failed { get; init; }

    /// <summary>The keys of the key ring, the newest first.</summary>
    [Id(7)]
    public RewrapKey[] Keys { get; init; } = [];
}

/// <summary>Whether a run is under way.</summary>
public enum RewrapState
{
    /// <summary>There was none.</summary>
    Idle,

    Running,

    /// <summary>Every account was looked at.</summary>
    Completed,

    /// <summary>It was cut off: the database did not answer. Begin it again; what is done is skipped.</summary>
    Interrupted,
}

/// <summary>A key of the key ring, as the run found it.</summary>
/// <param name="Id">Data Protection's.</param>
/// <param name="IsNewest">Whether it encrypts now.</param>
/// <param name="Tokens">Stored tokens under it.</param>
/// <param name="NeededUntil">
/// Until when clients may hold session tokens under it, which nobody can re-encrypt; null for the newest. A key without stored tokens can
/// go after this time.
/// </param>
[GenerateSerializer, Immutable, Alias("otp.RewrapKey")]
public sealed record RewrapKey(
    [property: Id(0)] Guid Id,
    [property: Id(1)] bool IsNewest,
    [property: Id(2)] int Tokens,
    [property: Id(3)] DateTimeOffset? NeededUntil
);
