using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>The overview, once and live.</summary>
public static class OverviewEndpoints
{
    /// <summary>Operators who look at the same time, at one front end.</summary>
    private const int MaxListeners = 32;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Then the listener connects again and is authenticated again.</summary>
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(15);

    public static void AddOverview(this IServiceCollection services)
    {
        services.AddSingleton<CallHistory>();
        services.AddSingleton<OverviewSource>();
    }

    public static void MapOverview(this WebApplication app)
    {
        app.Services.GetRequiredService<CallHistory>(); // counts from the start
        var listeners = new SemaphoreSlim(MaxListeners);
        var ops = app.MapGroup("/v1/ops").WithTags("Operators").RequireAuthorization(ProxyPolicies.Operator);
        ops.MapGet("/overview", async (OverviewSource source) => TypedResults.Ok(await source.GetAsync()))
            .WithSummary("Circuits and their changes, calls by minute, the queue, and silos");
        ops.MapGet(
                "/events",
                (HttpContext context, OverviewSource source, AdminKeys keys, TimeProvider timeProvider, IHostApplicationLifetime host) =>
                {
                    if (!listeners.Wait(0, CancellationToken.None))
                    {
                        return (IResult)
                            new ProblemResult(
                                new(
                                    RejectionReason.ProxyBusy,
                                    $"{MaxListeners} operators listen at this front end already. Close a console, or ask GET /v1/ops/overview.",
                                    Interval
                                )
                            );
                    }

                    context.Response.OnCompleted(() =>
                    {
                        listeners.Release();
                        return Task.CompletedTask;
                    });
                    return TypedResults.ServerSentEvents(
                        FollowAsync(context, source, keys, timeProvider, host.ApplicationStopping, context.RequestAborted)
                    );
                }
            )
            .WithSummary("The overview every 2 s: server-sent events")
            .Produces<Overview>(StatusCodes.Status200OK, "text/event-stream");
    }

    private static async IAsyncEnumerable<SseItem<Overview>> FollowAsync(
        HttpContext context,
        OverviewSource source,
        AdminKeys keys,
        TimeProvider timeProvider,
        CancellationToken stopping,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var name = ((OperatorPrincipal)context.User).Name;
        var started = timeProvider.GetTimestamp();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        // A key that was removed from the configuration opens nothing, not even what it has opened before.
        while (!ended.IsCancellationRequested && keys.IsInForce(name, context) && timeProvider.GetElapsedTime(started) < MaxDuration)
        {
            yield return new(await source.GetAsync(), "overview");
            await Task.Delay(Interval, timeProvider, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
