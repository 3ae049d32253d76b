using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Api.Tweets;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Uploads named in a tweet: <c>media.upload_ids</c>, beside or instead of X's <c>media.media_ids</c>. With <c>Prefer: wait=N</c> (RFC 7240
/// section 4.3) the tweet waits up to N seconds for X to finish them.
/// </summary>
public sealed class TweetUploads(UploadAccess desk, IHostApplicationLifetime host, TimeProvider timeProvider)
{
    private const string Media = "media";
    private const string UploadIds = "upload_ids";
    private const string MediaIds = "media_ids";
    private const int MaxUploads = 4; // X's limit: four photos, or one GIF, or one video

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(15);

    /// <returns>The tweet with X's media ids in it, or a refusal.</returns>
    public async Task<(TweetRequest Tweet, IResult? Refusal)> ResolveAsync(HttpContext context, TweetRequest tweet)
    {
        if (
            !tweet.Others.TryGetValue(Media, out var media)
            || media.ValueKind != JsonValueKind.Object
            || !media.TryGetProperty(UploadIds, out var named)
        )
            return (tweet, null);
        if (
            named.ValueKind != JsonValueKind.Array
            || named.GetArrayLength() is < 1 or > MaxUploads
            || named.EnumerateArray().Any(id => id.ValueKind != JsonValueKind.String)
        )
        {
            return (tweet, ProblemResult.Invalid($"{Media}.{UploadIds}", $"name 1 to {MaxUploads} uploads."));
        }

        var patience = CallPreferences.WaitOf(context.Request.Headers["Prefer"]) ?? TimeSpan.Zero;
        if (patience > LongestWait)
            patience = LongestWait;
        IDisposable? place = null;
        if (patience > TimeSpan.Zero && desk.OpenStream(context, out place) is { } tooMany)
            return (tweet, new ProblemResult(tooMany));
        using var waiting = place;
        var deadline = timeProvider.GetUtcNow() + patience;
        var rewritten = JsonNode.Parse(media.GetRawText())!.AsObject();
        var mediaIds = rewritten[MediaIds] as JsonArray ?? [];
        foreach (var id in named.EnumerateArray())
        {
            var (mediaId, rejection) = await FinishedAsync(TextOf(id), context, deadline);
            if (rejection is not null)
                return (tweet, new ProblemResult(rejection));
            mediaIds.Add(mediaId);
        }

        if (patience > TimeSpan.Zero)
            context.Response.Headers["Preference-Applied"] = string.Create(
                CultureInfo.InvariantCulture,
                $"wait={(long)patience.TotalSeconds}"
            );
        rewritten.Remove(UploadIds);
        rewritten[MediaIds] = mediaIds.DeepClone();
        return (tweet with { Others = new(tweet.Others) { [Media] = JsonSerializer.SerializeToElement(rewritten) } }, null);
    }

    // An unpaired surrogate is valid JSON, and no text.
    private static string TextOf(JsonElement id)
    {
        try
        {
            return id.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private async Task<Result<string>> FinishedAsync(string id, HttpContext context, DateTimeOffset deadline)
    {
        var (caller, upload, refusal) = desk.Find(id, context);
        if (refusal is not null)
            return refusal;
        for (var known = ""; ; )
        {
            var left = deadline - timeProvider.GetUtcNow();
            var atMost =
                left < TimeSpan.Zero ? TimeSpan.Zero
                : left < AtOnce ? left
                : AtOnce;
            var (snapshot, rejection) = await upload!.WaitUnlessStoppingAsync(
                caller!,
                known,
                atMost,
                host.ApplicationStopping,
                context.RequestAborted
            );
            if (rejection is not null)
                return rejection;
            if (snapshot!.State is UploadState.Succeeded)
                return snapshot.MediaId!;
            if (snapshot.State is UploadState.Failed)
                return snapshot.Error ?? new Rejection(RejectionReason.MediaRejected, "The upload has failed.");
            if (timeProvider.GetUtcNow() >= deadline)
            {
                return new Rejection(
                    RejectionReason.MediaNotReady,
                    $"The upload {id} has not finished. Nothing was posted.",
                    snapshot.EstimatedLeft ?? TimeSpan.FromSeconds(5)
                );
            }

            known = snapshot.Stamp;
        }
    }
}
