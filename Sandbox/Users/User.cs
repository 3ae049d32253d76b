namespace OrleansTwitterProxy.Sandbox;

/// <summary>One account of X. All but the counts is fixed at creation.</summary>
internal sealed class User(long key, string username, DateTimeOffset createdAt) : IKeyed
{
    private int _followers;
    private int _following;
    private int _posts;

    public long Key { get; } = key;
    public string Id { get; } = SnowflakeIds.ToText(key);
    public string Username { get; } = username;
    public string Name { get; } = char.ToUpperInvariant(username[0]) + username[1..];
    public DateTimeOffset CreatedAt { get; } = createdAt;

    public int Followers => Volatile.Read(ref _followers);
    public int Following => Volatile.Read(ref _following);
    public int Posts => Volatile.Read(ref _posts);

    public void AddFollowers(int change) => Interlocked.Add(ref _followers, change);

    public void AddFollowing(int change) => Interlocked.Add(ref _following, change);

    public void AddPosts(int change) => Interlocked.Add(ref _posts, change);
}
