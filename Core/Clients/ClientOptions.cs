namespace OrleansTwitterProxy.Core.Clients;

/// <summary>The applications that may call the proxy, by client id. Bound to the configuration's root: section <c>Clients</c>.</summary>
public sealed class ClientsOptions
{
    /// <summary>
    /// Clients by client id. If empty: on loopback, one development client with the key <c>dev-key</c>; elsewhere the proxy refuses to
    /// start.
    /// </summary>
    public Dictionary<string, ClientOptions> Clients { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>One application. Changes in configuration files take effect without a restart.</summary>
public sealed class ClientOptions
{
    /// <summary>
    /// SHA-256 of each valid API key, in hex; more than one while a key is being replaced. <c>keys new NAME</c> prints key and hash.
    /// </summary>
    public List<string> ApiKeys { get; set; } = [];

    /// <summary>Browser origins that may call, as browsers send them: <c>https://app.example.com</c>. Empty: none.</summary>
    public List<string> Origins { get; set; } = [];

    /// <summary>Allowed return URLs of a sign-in: exact scheme, host and port; the path is a prefix of whole segments.</summary>
    public List<string> ReturnUrls { get; set; } = [];

    /// <summary>Endpoint families the client may call, such as <c>tweets</c> or <c>media</c>. Empty: all.</summary>
    public List<string> EndpointFamilies { get; set; } = [];

    /// <summary>
    /// Whether the client may call X with the app's own token: app-only operations and streams, with its API key alone.
    /// </summary>
    /// <value>Default false.</value>
    public bool AppOnly { get; set; }

    /// <summary>Scopes the client may request. Empty: all scopes of X.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>How long the client's calls may wait for X's limits, unless a call sends <c>Prefer: wait=N</c>.</summary>
    /// <value>Default 0: calls do not wait; limited by <c>Queue:MaxWait</c>.</value>
    public TimeSpan Wait { get; set; }

    /// <summary>Size of the client's token bucket: requests that it may make at once after a pause.</summary>
    /// <value>Default none: no rate limit; range 1 to 1,000,000.</value>
    public int? TokenLimit { get; set; }

    /// <summary>Requests that the client may make in each <see cref="ReplenishmentPeriod"/>, on average.</summary>
    /// <value>Default: <see cref="TokenLimit"/>; range 1 to 1,000,000.</value>
    public int? TokensPerPeriod { get; set; }

    /// <summary>How often tokens are added to the bucket.</summary>
    /// <value>Default 1 s; range 10 ms to 1 d.</value>
    public TimeSpan ReplenishmentPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Requests that the client may have in flight at the same time.</summary>
    /// <value>Default none: no limit; range 1 to 1,000,000.</value>
    public int? PermitLimit { get; set; }

    /// <summary>
    /// Event streams, and tweets that wait for an upload, that the client may have open at the same time at one front end.
    /// </summary>
    /// <value>Default 256; range 1 to 1,000,000.</value>
    public int StreamLimit { get; set; } = 256;
}
