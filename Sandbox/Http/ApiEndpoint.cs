namespace OrleansTwitterProxy.Sandbox;

/// <summary>Which bearer tokens an endpoint accepts.</summary>
internal enum ApiAuthentication
{
    /// <summary>No bearer token: the OAuth endpoints and their pages.</summary>
    None,

    /// <summary>A user's access token only.</summary>
    User,

    /// <summary>A user's access token or the app's bearer token.</summary>
    UserOrApp,

    /// <summary>The app's bearer token only.</summary>
    App,
}

internal delegate ValueTask<ApiReply> ApiHandler(ApiCall call);

/// <summary>One endpoint of X. What <see cref="OperationCatalogue"/> says of it is added in <see cref="SandboxWorld"/>.</summary>
internal sealed record ApiEndpoint(string Method, string Path, ApiHandler Handler)
{
    /// <summary>Method and route template: the endpoint's name in faults, limits and counters.</summary>
    public string Key { get; } = $"{Method} {Path}";

    public ApiAuthentication Authentication { get; init; } = ApiAuthentication.User;

    /// <summary>The scopes that a user's token must have.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    public EndpointLimits Limits { get; init; } = EndpointLimits.None;

    /// <summary>What a call costs, a name in prices.tsv; null when it is free.</summary>
    public string? Price { get; init; }

    /// <summary>Finds the account of a request without a bearer token, before faults are selected.</summary>
    public Func<ApiCall, ValueTask<string?>>? IdentifyAsync { get; init; }

    /// <summary>Key of the endpoint whose windows count a request, if not this one.</summary>
    public Func<ApiCall, ValueTask<string>>? WindowsOfAsync { get; init; }
}
