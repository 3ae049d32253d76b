namespace OrleansTwitterProxy.Sandbox;

/// <summary>The bounds of timelines and search. since_id, until_id and end_time are exclusive, start_time is inclusive.</summary>
internal sealed record PostFilter(
    long? SinceId,
    long? UntilId,
    DateTimeOffset? StartTime,
    DateTimeOffset? EndTime,
    bool ExcludesReplies,
    bool ExcludesReposts
)
{
    private static readonly HashSet<string> Excludable = ["replies", "retweets"];

    public static PostFilter Read(QueryParameters query)
    {
        var excluded = query.Names("exclude", Excludable);
        return new PostFilter(
            query.Id("since_id"),
            query.Id("until_id"),
            query.Time("start_time"),
            query.Time("end_time"),
            excluded.Contains("replies"),
            excluded.Contains("retweets")
        );
    }

    public bool Admits(Post post) =>
        !(post.Key <= SinceId || post.Key >= UntilId || post.CreatedAt < StartTime || post.CreatedAt >= EndTime)
        && !(ExcludesReplies && post.ReplyTo is not null)
        && !(ExcludesReposts && post.RepostOf is not null);
}
