namespace OrleansTwitterProxy.Sandbox;

/// <summary>One X: its state, rules and endpoints, composed here.</summary>
internal sealed class SandboxWorld : IDisposable
{
    private readonly MediaSpool _spool = new();

    public SandboxWorld(SandboxOptions options, TimeProvider clock, CancellationToken stopping)
    {
        Options = options;
        Limits = new SandboxLimits(clock, options.EnforceLimits);

        var ids = new SnowflakeIds(clock);
        var users = new UserStore(clock);
        var grants = new GrantStore(options, Counters, clock);
        var posts = new PostStore(ids, clock, options.TimelineDelay);
        var graph = new FollowGraph();
        var media = new MediaStore(ids, clock, options.MediaProcessingDuration);
        var replies = new PostReplies(users);
        var stream = new FilteredStream();

        Accounts = new SandboxAccounts(users, grants);
        Media = new SandboxMedia(media);
        Stream = new SandboxStream(stream);
        Pipeline = new ApiPipeline(new BearerAuthentication(grants, options), Faults, Limits, Counters, options, clock, stopping);
        Endpoints =
        [
            .. new OAuthEndpoints(options, users, grants, new AuthorizationCodes(options, clock), Counters).All,
            .. new PostEndpoints(options, posts, media, replies, stream, Counters).All,
            .. new EngagementEndpoints(options, posts).All,
            .. new BookmarkEndpoints(posts, new BookmarkStore(ids), replies).All,
            .. new TimelineEndpoints(posts, users, graph, replies).All,
            .. new SearchEndpoints(posts, replies, clock).All,
            .. new UserEndpoints(users).All,
            .. new FollowEndpoints(options, users, graph).All,
            .. new UploadEndpoints(new MediaUploads(media, clock), _spool).All,
            .. new MediaMetadataEndpoints(media).All,
            .. new StreamEndpoints(options, stream, new StreamRules(ids), replies, clock, stopping).All,
        ];
    }

    public SandboxOptions Options { get; }
    public SandboxFaults Faults { get; } = new();
    public SandboxCounters Counters { get; } = new();
    public SandboxLimits Limits { get; }
    public SandboxAccounts Accounts { get; }
    public SandboxMedia Media { get; }
    public SandboxStream Stream { get; }
    public ApiPipeline Pipeline { get; }
    public IReadOnlyList<ApiEndpoint> Endpoints { get; }

    public void Dispose() => _spool.Dispose();
}
