namespace OrleansTwitterProxy.Sandbox;

/// <summary>The follows, in order of creation.</summary>
internal sealed class FollowGraph
{
    private readonly Edges<User, User> _follows = new();

    /// <returns>False when the source follows the target already.</returns>
    public bool Add(User source, User target)
    {
        if (!_follows.Add(source, target))
            return false;
        source.AddFollowing(1);
        target.AddFollowers(1);
        return true;
    }

    /// <returns>False when the source did not follow the target.</returns>
    public bool Remove(User source, User target)
    {
        if (!_follows.Remove(source, target))
            return false;
        source.AddFollowing(-1);
        target.AddFollowers(-1);
        return true;
    }

    public IReadOnlySet<long> FollowedBy(User user) => _follows.KeysFrom(user);

    /// <summary>The users that a user follows, latest first.</summary>
    public Page<User> Following(User user, PageRequest request) => _follows.From(user, request);

    /// <summary>A user's followers, latest first.</summary>
    public Page<User> Followers(User user, PageRequest request) => _follows.To(user, request);
}
