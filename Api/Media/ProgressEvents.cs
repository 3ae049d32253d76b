using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Media;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Progress as server-sent events. An event's id is the stamp of the state it shows, so a client that reconnects with <c>Last-Event-ID</c>
/// gets the next event when the state has changed. An unchanged state is sent again every 15 s to keep the connection open. A stopping
/// process ends the stream, and the client reconnects to another.
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
            return TypedResults.NoContent(); // tells a browser not to reconnect
        if (desk.OpenStream(context, out var place) is { } tooMany)
            return new ProblemResult(tooMany);
        context.Response.RegisterForDispose(place);
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
        await response.Body.FlushAsync(cancellationToken); // sends the headers: the first event may take a while
        while (!cancellationToken.IsCancellationRequested)
        {
            var (snapshot, rejection) = await upload.WaitUnlessStoppingAsync(caller, known, Repeat, stopping, cancellationToken);
            if (rejection is not null)
                yield break; // the client reconnects and then gets the rejection
            known = snapshot!.Stamp;
            yield return new(UploadProgress.Of(id, snapshot), "progress") { EventId = known };
            if (snapshot.HasEnded)
                yield break;
        }
    }
}
