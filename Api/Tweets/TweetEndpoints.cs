using System.Text;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Media;
using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Api.Tweets;

/// <summary>Simple routes for writes; the response is X's own status and body.</summary>
public static class TweetEndpoints
{
    public static void MapTweets(this IEndpointRouteBuilder routes)
    {
        var tweets = routes.MapGroup("/v1/tweets").WithTags("Tweets").TakesSmallBodies().RequireAuthorization(ProxyPolicies.Session);
        tweets
            .MapPost("", PostAsync)
            .Accepts<TweetRequest>("application/json")
            .WithSummary("Post a tweet")
            .AnswersAsX(StatusCodes.Status201Created);
        tweets
            .MapPost("/{id}/replies", ReplyAsync)
            .Accepts<TweetRequest>("application/json")
            .WithSummary("Reply to a tweet")
            .AnswersAsX(StatusCodes.Status201Created);
        tweets
            .MapDelete("/{id}", (string id, HttpContext context, Forwarder forwarder) =>
                WithIdAsync(context, id, () => forwarder.SendAsync(context, "DELETE", $"/2/tweets/{id}"))
            )
            .WithSummary("Delete a tweet")
            .AnswersAsX();
        MapMark(tweets, "retweet", "retweets");
        MapMark(tweets, "like", "likes");
    }

    // PUT and DELETE of a mark on a tweet. At X the mark is an entry in a collection of the account.
    private static void MapMark(RouteGroupBuilder tweets, string mark, string collection)
    {
        var own = $"/2/users/{ForwardRequest.AccountPlaceholder}/{collection}";
        tweets
            .MapPut($"/{{id}}/{mark}", (string id, HttpContext context, Forwarder forwarder) =>
                WithIdAsync(context, id, () =>
                    forwarder.SendAsync(context, "POST", own, Encoding.ASCII.GetBytes($"{{\"tweet_id\":\"{id}\"}}"))
                )
            )
            .WithSummary($"Set the {mark}")
            .AnswersAsX();
        tweets
            .MapDelete($"/{{id}}/{mark}", (string id, HttpContext context, Forwarder forwarder) =>
                WithIdAsync(context, id, () => forwarder.SendAsync(context, "DELETE", $"{own}/{id}"))
            )
            .WithSummary($"Remove the {mark}")
            .AnswersAsX();
    }

    private static Task PostAsync(TweetRequest body, HttpContext context, Forwarder forwarder, TweetUploads uploads) =>
        SendAsync(body, null, context, forwarder, uploads);

    private static Task ReplyAsync(string id, TweetRequest body, HttpContext context, Forwarder forwarder, TweetUploads uploads) =>
        WithIdAsync(context, id, () => SendAsync(body, id, context, forwarder, uploads));

    private static async Task SendAsync(
        TweetRequest body,
        string? inReplyTo,
        HttpContext context,
        Forwarder forwarder,
        TweetUploads uploads
    )
    {
        if (body.Fault() is { } fault)
        {
            await fault.ExecuteAsync(context);
            return;
        }

        var (tweet, refusal) = await uploads.ResolveAsync(context, body);
        await (
            refusal is not null ? refusal.ExecuteAsync(context) : forwarder.SendAsync(context, "POST", "/2/tweets", tweet.ToX(inReplyTo))
        );
    }

    private static Task WithIdAsync(HttpContext context, string id, Func<Task> then) =>
        id.Length <= 19 && id.All(char.IsAsciiDigit)
            ? then()
            : ProblemResult.Invalid("id", "a tweet's id has 1 to 19 digits.").ExecuteAsync(context);
}
