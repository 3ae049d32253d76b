namespace OrleansTwitterProxy.Sandbox;

/// <summary>One request to X.</summary>
internal sealed class ApiCall(HttpContext http, ApiEndpoint endpoint)
{
    private QueryParameters? _query;

    public HttpContext Http { get; } = http;
    public HttpRequest Request => Http.Request;
    public ApiEndpoint Endpoint { get; } = endpoint;
    public QueryParameters Query => _query ??= new QueryParameters(Request.Query);

    /// <summary>The valid access token; null for app-only calls and the OAuth endpoints.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>Whether the call carries the app's bearer token.</summary>
    public bool IsApp { get; init; }

    /// <summary>The authenticated user. Valid only for endpoints with <see cref="ApiAuthentication.User"/>.</summary>
    public User User => Token!.Grant.User;

    /// <summary>The user who asks; null when an app does.</summary>
    public User? Viewer => Token?.Grant.User;

    /// <summary>The form; empty when the body is none that can be read.</summary>
    public async ValueTask<IFormCollection> ReadFormAsync()
    {
        if (!Request.HasFormContentType)
            return FormCollection.Empty;
        try
        {
            return await Request.ReadFormAsync(Http.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return FormCollection.Empty;
        }
    }

    public string Route(string name) => (string)Request.RouteValues[name]!;
}
