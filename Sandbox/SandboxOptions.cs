namespace OrleansTwitterProxy.Sandbox;

/// <summary>The options of the sandbox. All have defaults.</summary>
public sealed class SandboxOptions
{
    /// <summary>Where the server listens, scheme http only.</summary>
    /// <value>Default http://127.0.0.1:8081. Port 0 takes any free port; read it back from <see cref="SandboxServer.BaseAddress"/>.</value>
    public string Url { get; set; } = "http://127.0.0.1:8081";

    /// <summary>Host names by which it may be called, beside loopback's and that of <see cref="Url"/>.</summary>
    /// <value>Default empty. Other hosts get 421: a web page could point a name of its own at this machine, and take tokens.</value>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>Client id of the one app that X knows.</summary>
    /// <value>Default <c>sandbox-client</c>.</value>
    public string ClientId { get; set; } = "sandbox-client";

    /// <summary>Client secret of that app.</summary>
    /// <value>Default <c>sandbox-secret</c>. Null or empty makes it a public client: client_id in the body, no Basic header.</value>
    public string? ClientSecret { get; set; } = "sandbox-secret";

    /// <summary>The app-only bearer token, fixed; POST /oauth2/token answers with it too.</summary>
    /// <value>Default <c>sandbox-app-token</c>.</value>
    public string BearerToken { get; set; } = "sandbox-app-token";

    /// <summary>The app's consumer key (API key), for the app-only token.</summary>
    /// <value>Default <c>sandbox-consumer-key</c>.</value>
    public string ConsumerKey { get; set; } = "sandbox-consumer-key";

    /// <summary>The app's consumer secret (API key secret), for the app-only token.</summary>
    /// <value>Default <c>sandbox-consumer-secret</c>.</value>
    public string ConsumerSecret { get; set; } = "sandbox-consumer-secret";

    /// <summary>Redirect URIs registered for the app, compared exactly.</summary>
    /// <value>Default empty: any http(s) URI on a loopback host is accepted.</value>
    public IReadOnlyList<string> RedirectUris { get; set; } = [];

    /// <summary>How long an access token works.</summary>
    /// <value>Default 2 hours, as X's. At least 1 second.</value>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How long an authorization code may be exchanged.</summary>
    /// <value>Default 30 seconds, as X's. At least 1 second.</value>
    public TimeSpan AuthorizationCodeLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an unspent refresh token works.</summary>
    /// <value>Default 180 days, about X's six months. At least 1 second.</value>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(180);

    /// <summary>Whether a refresh invalidates the previous access token. X's behaviour is not documented, so both can be tested.</summary>
    /// <value>Default false: the old access token works until it expires.</value>
    public bool RefreshKillsOldAccessToken { get; set; }

    /// <summary>Whether exhausted rate windows lead to 429.</summary>
    /// <value>Default true. False: no limits; every window claims 1200000 calls.</value>
    public bool EnforceLimits { get; set; } = true;

    /// <summary>Whether a post with the same text as an earlier one of the account is refused with 403.</summary>
    /// <value>Default true, as X. False lets tests count double posts.</value>
    public bool RejectDuplicatePosts { get; set; } = true;

    /// <summary>How long a new post is missing from timelines and search. It exists already, and may be refused as a duplicate.</summary>
    /// <value>Default zero. X shows posts everywhere only after a while.</value>
    public TimeSpan TimelineDelay { get; set; }

    /// <summary>
    /// Whether the 2026 rules for self-serve apps apply: no likes, follows or quotes, and replies only to authors who engaged first.
    /// </summary>
    /// <value>Default false, so that every call can be tried.</value>
    public bool SelfServePolicy { get; set; }

    /// <summary>X's processing time of a video or an animated GIF after FINALIZE.</summary>
    /// <value>Default 3 seconds. Zero: done at the first STATUS.</value>
    public TimeSpan MediaProcessingDuration { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Interval of the bare line breaks on idle streams.</summary>
    /// <value>Default 20 seconds, as X's. At least 1 millisecond.</value>
    public TimeSpan StreamKeepAliveInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether connecting to the filtered stream without rules leads to 409, as at X.</summary>
    /// <value>Default false: without rules every post is delivered.</value>
    public bool StreamNeedsRules { get; set; }

    internal bool IsPublicClient => string.IsNullOrEmpty(ClientSecret);

    internal void Validate()
    {
        if (
            !Uri.TryCreate(Url, UriKind.Absolute, out var url)
            || url.Scheme != Uri.UriSchemeHttp
            || url.PathAndQuery != "/"
            || url.UserInfo.Length > 0
            || url.Fragment.Length > 0
        )
            throw new ArgumentException($"Url must be an absolute http URL without a path, such as http://127.0.0.1:8081, not '{Url}'.");
        ArgumentException.ThrowIfNullOrEmpty(ClientId);
        ArgumentException.ThrowIfNullOrEmpty(BearerToken);
        ArgumentException.ThrowIfNullOrEmpty(ConsumerKey);
        ArgumentException.ThrowIfNullOrEmpty(ConsumerSecret);
        AtLeast(AccessTokenLifetime, TimeSpan.FromSeconds(1), nameof(AccessTokenLifetime));
        AtLeast(AuthorizationCodeLifetime, TimeSpan.FromSeconds(1), nameof(AuthorizationCodeLifetime));
        AtLeast(RefreshTokenLifetime, TimeSpan.FromSeconds(1), nameof(RefreshTokenLifetime));
        AtLeast(TimelineDelay, TimeSpan.Zero, nameof(TimelineDelay));
        AtLeast(MediaProcessingDuration, TimeSpan.Zero, nameof(MediaProcessingDuration));
        AtLeast(StreamKeepAliveInterval, TimeSpan.FromMilliseconds(1), nameof(StreamKeepAliveInterval));
    }

    private static void AtLeast(TimeSpan value, TimeSpan minimum, string name) =>
        ArgumentOutOfRangeException.ThrowIfLessThan(value, minimum, name);
}
