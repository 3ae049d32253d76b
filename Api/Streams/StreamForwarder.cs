using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Streams;
using OrleansTwitterProxy.Core.Twitter;
using TwitterEndpoint = OrleansTwitterProxy.Core.Twitter.Endpoint;

namespace OrleansTwitterProxy.Api.Streams;

/// <summary>
/// A stream of X's for one listener: what X sends, line by line, and in between what the proxy has to tell. X is connected once for all
/// listeners of the cluster.
/// </summary>
public sealed partial class StreamForwarder(
    StreamRelays relays,
    ClientStreams open,
    ClientDirectory clients,
    IOptions<TwitterOptions> twitter,
    IHostApplicationLifetime host,
    TimeProvider timeProvider,
    ILogger<StreamForwarder> logger
)
{
    /// <summary>The longest silence; X's clients connect again after 20 s.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    /// <summary>How long a listener may take nothing at all.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int MaxBackfill = 1440; // minutes

    /// <summary>Sends the stream until the listener leaves, falls behind, or X refuses for good.</summary>
    public async Task ForwardAsync(HttpContext context, Client client, TwitterEndpoint endpoint, string target)
    {
        var asked = target[ForwardTarget.PathOf(target).Length..].TrimStart('?');
        var query = StreamQuery.Parse(asked);
        if (!TryReadBackfill(asked, out var backfill))
        {
            await Problems.WriteAsync(
                context,
                new(RejectionReason.InvalidRequest, $"{StreamQuery.Backfill} must be a number of minutes from 0 to {MaxBackfill}.")
            );
            return;
        }

        if (host.ApplicationStopping.IsCancellationRequested)
        {
            await Problems.WriteAsync(context, Stopping());
            return;
        }

        if (open.Open(client, out var place) is { } tooMany)
        {
            await Problems.WriteAsync(context, tooMany);
            return;
        }

        using var _ = place;
        var (listener, rejection) = relays.Join(StreamName.Of(endpoint, query), query);
        if (listener is null)
        {
            await Problems.WriteAsync(context, rejection!);
            return;
        }

        using (listener)
        {
            if (await ConnectAsync(context, listener) is { } failure)
            {
                await Forwarder.WriteAsync(context, failure);
                return;
            }

            if (StreamCursor.TryParse(context.Request.Headers["Last-Event-ID"].ToString()) is { } cursor)
                listener.Resume(cursor, timeProvider.GetUtcNow());
            else if (backfill is { } minutes)
                listener.Backfill(timeProvider.GetUtcNow() - TimeSpan.FromMinutes(minutes));
            await SendAsync(context, client, endpoint, listener);
        }
    }

    private async Task<ForwardResponse?> ConnectAsync(HttpContext context, StreamListener listener)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.ApplicationStopping);
        try
        {
            return await listener.ConnectAsync(twitter.Value.RequestTimeout, timeProvider, end.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return ForwardResponse.Rejected(Stopping());
        }
    }

    private static Rejection Stopping() => new(RejectionReason.ShuttingDown, StreamEnd.Stopping.Detail, TimeSpan.FromSeconds(1));

    private async Task SendAsync(HttpContext context, Client client, TwitterEndpoint endpoint, StreamListener listener)
    {
        var format = StreamFormat.Of(context.Request);
        var response = context.Response;
        response.ContentType = format.ContentType;
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold lines back
        await response.StartAsync(context.RequestAborted);
        await response.BodyWriter.FlushAsync(context.RequestAborted); // the first event may take a while
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.ApplicationStopping);
        StreamEnd? over = null;
        while (over is null)
        {
            try
            {
                (var items, over) = await listener.ReadAsync(KeepAlive, timeProvider, end.Token);
                foreach (var item in items)
                    format.Write(response.BodyWriter, item);
                if (items.Count == 0)
                    response.BodyWriter.Write(format.KeepAlive);
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                over = StreamEnd.Stopping;
            }

            if (clients.Find(client.Id) is not { IsAppOnlyAllowed: true } now || !now.AllowsFamily(endpoint.Family))
                over ??= StreamEnd.NotAllowed;
            if (over is not null)
                format.Write(response.BodyWriter, over);
            if (!await TryFlushAsync(context))
            {
                LogStuck(client.Id, endpoint.Key);
                context.Abort();
                return;
            }
        }

        LogEnded(client.Id, endpoint.Key, over.Type);
    }

    private async Task<bool> TryFlushAsync(HttpContext context)
    {
        using var patience = new CancellationTokenSource(Patience, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        try
        {
            await context.Response.BodyWriter.FlushAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool TryReadBackfill(string query, out int? minutes)
    {
        minutes = null;
        if (StreamQuery.BackfillIn(query) is not { } value)
            return true;
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > MaxBackfill)
            return false;
        minutes = number;
        return true;
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The client {ClientId} has taken nothing of {Stream} for 30 s and is disconnected"
    )]
    private partial void LogStuck(string clientId, string stream);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The stream {Stream} has ended for a listener of the client {ClientId}: {Reason}"
    )]
    private partial void LogEnded(string clientId, string stream, string reason);
}
