using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Api.Timelines;

/// <summary>The account's timelines; X's paging and field parameters pass through.</summary>
public static class TimelineEndpoints
{
    public static void MapTimelines(this IEndpointRouteBuilder routes)
    {
        var timelines = routes.MapGroup("/v1/timelines").WithTags("Timelines").RequireAuthorization(ProxyPolicies.Session);
        Map(timelines, "/home", "timelines/reverse_chronological").WithSummary("The account's home timeline");
        Map(timelines, "/mentions", "mentions").WithSummary("Tweets that mention the account");
        Map(timelines, "/user", "tweets").WithSummary("The account's own tweets");
    }

    private static RouteHandlerBuilder Map(RouteGroupBuilder timelines, string route, string atX) =>
        timelines
            .MapGet(route, (HttpContext context, Forwarder forwarder) =>
                forwarder.SendAsync(context, "GET", $"/2/users/{ForwardRequest.AccountPlaceholder}/{atX}{context.Request.QueryString}")
            )
            .AnswersAsX();
}
