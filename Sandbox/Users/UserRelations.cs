namespace OrleansTwitterProxy.Sandbox;

/// <summary>Mutes and blocks. X's API changes mutes and blocks of messages; blocks of users are set by control.</summary>
internal sealed class UserRelations
{
    public Edges<User, User> Mutes { get; } = new();
    public Edges<User, User> Blocks { get; } = new();
    public Edges<User, User> MessageBlocks { get; } = new();

    /// <summary>Whether a user takes no messages from another.</summary>
    public bool Refuses(User user, User sender) => MessageBlocks.Has(user, sender) || Blocks.Has(user, sender);
}
