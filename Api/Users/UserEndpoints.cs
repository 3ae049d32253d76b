using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Forwarding;

namespace OrleansTwitterProxy.Api.Users;

public static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/users/me", (HttpContext context, Forwarder forwarder) =>
                forwarder.SendAsync(context, "GET", $"/2/users/me{context.Request.QueryString}")
            )
            .RequireAuthorization(ProxyPolicies.Session)
            .WithTags("Users")
            .WithSummary("The account, as X describes it")
            .AnswersAsX();
}
