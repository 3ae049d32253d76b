namespace OrleansTwitterProxy.Sandbox;

/// <summary>One request on its way through X.</summary>
internal sealed class ApiCall(HttpContext http, ApiEndpoint endpoint)
{
    private QueryParameters? _query;

    public HttpContext Http { get; } = http;
    public HttpRequest Request => Http.Request;
    public ApiEndpoint Endpoint { get; } = endpoint;
    public QueryParameters Query => _query ??= new QueryParameters(Request.Query);

    /// <summary>The live access token; null for app-only calls and the OAuth endpoints.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>Whether the call carries the app's bearer token.</summary>
    public bool IsApp { get; init; }

    /// <summary>The authenticated user. Only where <see cref="ApiAuthentication.User"/> has made sure of it.</summary>
    public User User => Token!.Grant.User;

    public string Route(string name) => (string)Request.RouteValues[name]!;
}
