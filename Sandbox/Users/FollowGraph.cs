namespace OrleansTwitterProxy.Sandbox;

/// <summary>The follows, in order of creation.</summary>
internal sealed class FollowGraph
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(long Source, long Target), Follow> _edges = [];
    private long _sequence;

    public void Add(User source, User target)
    {
        lock (_gate)
        {
            if (!_edges.TryAdd((source.Key, target.Key), new Follow(source, target, _sequence + 1)))
                return;
            _sequence++;
            source.AddFollowing(1);
            target.AddFollowers(1);
        }
    }

    public void Remove(User source, User target)
    {
        lock (_gate)
        {
            if (!_edges.Remove((source.Key, target.Key)))
                return;
            source.AddFollowing(-1);
            target.AddFollowers(-1);
        }
    }

    public IReadOnlySet<long> FollowedBy(User user)
    {
        lock (_gate)
            return _edges.Keys.Where(edge => edge.Source == user.Key).Select(edge => edge.Target).ToHashSet();
    }

    /// <summary>The users that a user follows, latest first.</summary>
    public Page<User> Following(User user, PageRequest request) =>
        Read(request, follow => follow.Source == user).Select(follow => follow.Target);

    /// <summary>A user's followers, latest first.</summary>
    public Page<User> Followers(User user, PageRequest request) =>
        Read(request, follow => follow.Target == user).Select(follow => follow.Source);

    private Page<Follow> Read(PageRequest request, Func<Follow, bool> filter)
    {
        lock (_gate)
        {
            var latestFirst = _edges.Values.Where(filter).OrderByDescending(follow => follow.Sequence);
            return Page<Follow>.Take(latestFirst, follow => follow.Sequence, request);
        }
    }

    private sealed record Follow(User Source, User Target, long Sequence);
}
