using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Media;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Progress as server-sent events. An event's id stamps the state it shows, so a client that comes back with <c>Last-Event-ID</c> is told
/// once it is another; a state that lasts is told again now and then, which keeps the line open. A process that stops ends it: the client
/// goes on at another.
/// </summary>
internal static class ProgressEvents
{
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(15);

    public static async Task<IResult> StreamAsync(string id, HttpContext context, UploadAccess desk, IHostApplicationLifetime host)
    {
        var (caller, upload, refusal) = desk.Find(id, context);
        if (refusal is not null)
            return new ProblemResult(refusal);
        var (snapshot, rejection) = await upload!.GetProgressAsync(caller!, context.RequestAborted);
        if (rejection is not null)
            return new ProblemResult(rejection);
        var known = context.Request.Headers["Last-Event-ID"].ToString();
        if (snapshot!.HasEnded && snapshot.Stamp == known)
            return TypedResults.NoContent(); // which tells a browser not to come back
        return TypedResults.ServerSentEvents(
            FollowAsync(id, context.Response, upload, caller!, known, host.ApplicationStopping, context.RequestAborted)
        );
    }

    private static async IAsyncEnumerable<SseItem<UploadProgress>> FollowAsync(
        string id,
        HttpResponse response,
        IMediaUpload upload,
        UploadCaller caller,
        string known,
        CancellationToken stopping,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await response.Body.FlushAsync(cancellationToken); // the client is connected, though there may be nothing to tell for a while
        while (!cancellationToken.IsCancellationRequested)
        {
            var (snapshot, rejection) = await upload.WaitUnlessStoppingAsync(caller, known, Repeat, stopping, cancellationToken);
            if (rejection is not null)
                yield break; // the client comes back, and is told then
            known = snapshot!.Stamp;
            yield return new(UploadProgress.Of(id, snapshot), "progress") { EventId = known };
            if (snapshot.HasEnded)
                yield break;
        }
    }
}
