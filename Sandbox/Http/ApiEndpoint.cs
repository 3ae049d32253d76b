namespace OrleansTwitterProxy.Sandbox;

/// <summary>Which bearer tokens an endpoint takes.</summary>
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

/// <summary>One endpoint of X: a row of X's table of endpoints.</summary>
internal sealed record ApiEndpoint(string Method, string Path, ApiHandler Handler)
{
    /// <summary>Method and route template: the endpoint's name in faults, limits and counters.</summary>
    public string Key { get; } = $"{Method} {Path}";

    public ApiAuthentication Authentication { get; init; } = ApiAuthentication.User;

    /// <summary>Scopes that a user's token needs, all of them.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    public EndpointLimits Limits { get; init; } = EndpointLimits.None;

    /// <summary>Names the account of a request that carries no bearer token, before faults are drawn.</summary>
    public Func<ApiCall, ValueTask<string?>>? IdentifyAsync { get; init; }

    /// <summary>Key of the endpoint whose windows a request counts in, where that is not the endpoint itself.</summary>
    public Func<ApiCall, ValueTask<string>>? WindowsOfAsync { get; init; }
}
