using System.Globalization;
using System.Text.Json;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// Looks in the account's own timeline for the post that a draft became. An ordinary read, subject to circuit and windows.
/// </summary>
/// <param name="write">The write whose session is used for the read; X requires the read scopes for writing too.</param>
/// <param name="catalogue">Has the timeline's endpoint.</param>
/// <param name="forwarder">Sends the read.</param>
internal sealed class PostLookup(AdmittedCall write, EndpointCatalogue catalogue, CallForwarder forwarder)
{
    private const string Endpoint = "GET /2/users/{id}/tweets";
    private const int MaxPages = 10; // of 100 posts: X allows an account 100 posts per 15 min

    /// <summary>Maximum difference between X's clock and ours.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private static readonly HeaderField[] AcceptJson = [new("Accept", "application/json")];

    /// <summary>Looks for the post.</summary>
    /// <param name="draft">The draft that was sent.</param>
    /// <param name="from">When it was first sent.</param>
    /// <param name="to">The latest time at which X can have accepted it.</param>
    /// <param name="now">The current time; a range that reaches it has no end.</param>
    /// <param name="cancellationToken">Cancelled when no caller waits for the write any more.</param>
    public async Task<LookupResult> FindAsync(
        PostDraft draft,
        DateTimeOffset from,
        DateTimeOffset to,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var target =
            $"/2/users/{ForwardRequest.AccountPlaceholder}/tweets?max_results=100&tweet.fields=attachments,entities,note_tweet,referenced_tweets&start_time={Written(from - ClockSkew)}";
        if (to + ClockSkew < now - ClockSkew)
            target += $"&end_time={Written(to + ClockSkew)}"; // X may refuse an end that is not in the past
        string? next = null;
        var isWhole = true;
        for (var page = 0; page < MaxPages; page++)
        {
            var read = new ForwardRequest
            {
                SessionId = write.Request.SessionId,
                EndpointKey = Endpoint,
                Method = "GET",
                Target = next is null ? target : $"{target}&pagination_token={Uri.EscapeDataString(next)}",
                Headers = AcceptJson,
            };
            var response = await forwarder.SendAsync(new(read, catalogue.ByKey(Endpoint), write.ClientId), intent: null, cancellationToken);
            if (response.Rejection is { } rejection)
                return new(null, rejection, Complete: false);
            if (response.Status is 401 or 402 or 403)
                return new(null, Refusal(response), Complete: false);
            if (response.Status != 200)
                return new(null, null, Complete: false);
            try
            {
                using var timeline = JsonDocument.Parse(response.Body);
                isWhole &= IsWhole(timeline.RootElement);
                if (Find(draft, timeline.RootElement) is { } found)
                    return new(found, null, Complete: true);
                next =
                    timeline.RootElement.TryGetProperty("meta", out var meta) && meta.TryGetProperty("next_token", out var token)
                        ? token.GetString()
                        : null;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                return new(null, null, Complete: false);
            }

            if (next is null)
                return new(null, null, isWhole);
        }

        return new(null, null, Complete: false);
    }

    // Asking again does not help until somebody mends it, so the write stays unknown.
    private static Rejection Refusal(ForwardResponse response) =>
        new(
            RejectionReason.OutcomeUnknown,
            $"An earlier attempt of this request got no response, and X does not let the proxy look for the post: it answered {response.Status}{TwitterProblem.Of(response.Headers, response.Body).AsClause} Check at X, and use a new key."
        );

    // With errors, or fewer posts than X counts, it is not the whole timeline: a post that is missing there may exist.
    private static bool IsWhole(JsonElement timeline)
    {
        var posts = timeline.TryGetProperty("data", out var data) ? data.GetArrayLength() : 0;
        return !(
                timeline.TryGetProperty("errors", out var errors) && errors.ValueKind is JsonValueKind.Array && errors.GetArrayLength() > 0
            )
            && timeline.TryGetProperty("meta", out var meta)
            && meta.TryGetProperty("result_count", out var count)
            && count.TryGetInt32(out var number)
            && number == posts;
    }

    private static FoundPost? Find(PostDraft draft, JsonElement timeline)
    {
        if (!timeline.TryGetProperty("data", out var posts))
            return null;
        foreach (var post in posts.EnumerateArray())
        {
            if (draft.IsShownAs(post))
                return new(post.GetProperty("id").GetString()!, post.GetProperty("text").GetString()!);
        }

        return null;
    }

    private static string Written(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>A post that was found.</summary>
internal sealed record FoundPost(string Id, string Text);

/// <summary>The result of a lookup.</summary>
/// <param name="Post">The post, if it was found.</param>
/// <param name="Rejection">The proxy's rejection of the read, if any.</param>
/// <param name="Complete">Whether X returned the whole range; only then does a missing post prove anything.</param>
internal readonly record struct LookupResult(FoundPost? Post, Rejection? Rejection, bool Complete);
