using System.Collections.Concurrent;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>All lists, their members, and who follows and pins them.</summary>
internal sealed class ListStore(SnowflakeIds ids, TimeProvider clock)
{
    private readonly ConcurrentDictionary<long, TwitterList> _lists = new();

    public Edges<TwitterList, User> Members { get; } = new();
    public Edges<User, TwitterList> Followers { get; } = new();
    public Edges<User, TwitterList> Pins { get; } = new();

    public TwitterList Create(User owner, string name, string description, bool isPrivate)
    {
        var list = new TwitterList(ids.Next(), owner, clock.GetUtcNow())
        {
            Name = name,
            Description = description,
            IsPrivate = isPrivate,
        };
        return _lists[list.Key] = list;
    }

    public void Delete(TwitterList list)
    {
        _lists.TryRemove(list.Key, out _);
        Members.RemoveFrom(list);
        Followers.RemoveTo(list);
        Pins.RemoveTo(list);
    }

    /// <summary>A list that the viewer may see; an app sees public ones.</summary>
    public TwitterList? Find(long id, User? viewer) => _lists.TryGetValue(id, out var list) && list.IsVisibleTo(viewer) ? list : null;

    /// <summary>The lists that a user owns, latest first.</summary>
    public Page<TwitterList> OwnedBy(User owner, User? viewer, PageRequest request)
    {
        var owned = _lists.Values.Where(list => list.Owner == owner && list.IsVisibleTo(viewer));
        return Page<TwitterList>.Take(owned.OrderByDescending(list => list.Key), list => list.Key, request);
    }
}
