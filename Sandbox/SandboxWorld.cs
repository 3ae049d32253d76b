namespace OrleansTwitterProxy.Sandbox;

/// <summary>One X: its state, rules and endpoints, composed here.</summary>
internal sealed class SandboxWorld : IDisposable
{
    private readonly MediaSpool _spool = new();

    public SandboxWorld(SandboxOptions options, TimeProvider clock, CancellationToken stopping)
    {
        Options = options;
        Limits = new SandboxLimits(clock, options.EnforceLimits);
        Costs = new SandboxCosts(clock);

        var ids = new SnowflakeIds(clock);
        var users = new UserStore(clock);
        var grants = new GrantStore(options, Counters, clock);
        var posts = new PostStore(ids, clock, options.TimelineDelay);
        var graph = new FollowGraph();
        var media = Photos = new MediaStore(ids, clock, options.MediaProcessingDuration);
        var lists = new ListStore(ids, clock);
        var conversations = new ConversationStore(ids, clock);
        var documents = new DocumentStore(ids, clock);
        var rules = new StreamRules(ids);
        var subscriptions = new ActivitySubscriptions(ids, clock);

        Streams = new SandboxStreams(ids, clock);
        Accounts = new SandboxAccounts(users, grants, Relations);
        Media = new SandboxMedia(media);
        Stream = new SandboxStream(Streams[StreamRoute.Filtered]);
        Pipeline = new ApiPipeline(new BearerAuthentication(grants, options), Faults, Limits, Counters, Costs, options, clock, stopping);

        var replies = new PostReplies(users);
        var listReplies = new ListReplies(lists);
        var events = new WorldEvents(Streams, rules, subscriptions, replies, clock);
        var sender = new StreamSender(options, Costs, clock, stopping);
        IEnumerable<ApiEndpoint> endpoints =
        [
            .. new OAuthEndpoints(options, users, grants, new AuthorizationCodes(options, clock), Counters).All,
            .. new AppTokenEndpoints(options).All,
            .. OpenApiEndpoints.All,
            .. new PostEndpoints(options, posts, media, replies, events, Counters).All,
            .. new EngagementEndpoints(options, posts, events).All,
            .. new EngagementReadEndpoints(posts, users, replies).All,
            .. new BookmarkEndpoints(posts, new BookmarkStore(ids), replies).All,
            .. new NoteEndpoints(posts, replies).All,
            .. new TimelineEndpoints(posts, users, graph, replies).All,
            .. new SearchEndpoints(posts, replies, clock).All,
            .. new CountEndpoints(posts, clock).All,
            .. new TrendEndpoints(posts, clock).All,
            .. new UserEndpoints(users).All,
            .. new FollowEndpoints(options, users, graph, events).All,
            .. new RelationEndpoints(Relations, users, events).All,
            .. new ListEndpoints(lists, listReplies, users, posts, replies).All,
            .. new UserListEndpoints(lists, listReplies, users).All,
            .. new MessageEndpoints(conversations, users, Relations, media, events).All,
            .. new MessageReadEndpoints(conversations, users).All,
            .. new SpaceEndpoints(users, posts, replies, clock).All,
            .. new UploadEndpoints(new MediaUploads(media, clock), _spool).All,
            .. new MediaMetadataEndpoints(media).All,
            .. new MediaLookupEndpoints(media, posts, clock).All,
            .. new StreamEndpoints(options, Streams, rules, sender).All,
            .. new StreamRuleEndpoints(options, rules, clock).All,
            .. new ConnectionEndpoints(Streams).All,
            .. new ActivityEndpoints(subscriptions).All,
            .. new WebhookEndpoints(documents).All,
            .. new AccountActivityEndpoints(options, documents).All,
            .. new DocumentEndpoints(documents).All,
            .. new ChatEndpoints(documents, users).All,
            .. new UsageEndpoints(options, Costs, clock).All,
        ];
        Endpoints = [.. endpoints.Select(OperationCatalogue.Complete)];
    }

    public SandboxOptions Options { get; }
    public SandboxFaults Faults { get; } = new();
    public SandboxCounters Counters { get; } = new();
    public SandboxLimits Limits { get; }
    public SandboxAccounts Accounts { get; }
    public SandboxMedia Media { get; }
    public MediaStore Photos { get; }
    public SandboxStream Stream { get; }
    public SandboxStreams Streams { get; }
    public SandboxCosts Costs { get; }
    public UserRelations Relations { get; } = new();
    public ApiPipeline Pipeline { get; }
    public IReadOnlyList<ApiEndpoint> Endpoints { get; }

    public void Dispose() => _spool.Dispose();
}
