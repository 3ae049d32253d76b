namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Which life of the database this is. A restore from a backup begins another: whoever ran on after the backup may have spent the refresh
/// tokens in it, and spending one again can end the user's grant (docs/decisions/0021-restored-backups.md).
/// </summary>
/// <param name="Id">Random; null in the first life.</param>
public sealed record Incarnation(string? Id)
{
    public static Incarnation First { get; } = new((string?)null);

    /// <summary>A new one.</summary>
    public static Incarnation Next() => new(Guid.NewGuid().ToString("N"));
}
