namespace OrleansTwitterProxy.Api.Forwarding;

public static class ForwardingEndpoints
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    /// <summary>Any path of X's API v2, as it is: the session token stands where X's would.</summary>
    public static void MapForwarding(this WebApplication app)
    {
        var forwarder = app.Services.GetRequiredService<Forwarder>();
        // A bare delegate: the hot path binds no parameters.
        app.MapMethods("/2/{**path}", Methods, (RequestDelegate)forwarder.ForwardAsync)
            .WithTags("Forwarding").WithSummary("Any X API v2 call, transparently");
    }
}
