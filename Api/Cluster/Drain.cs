using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>Whether the process is stopping, and what it still has to answer.</summary>
internal sealed class DrainState
{
    private int _calls;

    public bool IsDraining { get; set; }

    /// <summary>Requests that have not been answered to their end.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public void Begin() => Interlocked.Increment(ref _calls);

    public void End() => Interlocked.Decrement(ref _calls);
}

/// <summary>
/// On SIGTERM: reports not ready, lets load balancers and the clients of open connections go elsewhere, and then lets the server close its
/// listener. A request on a connection that the server closes at that moment would fail.
/// </summary>
internal sealed partial class Drain(DrainState state, IOptions<ClusterOptions> options, TimeProvider timeProvider, ILogger<Drain> logger)
    : ShutdownStep
{
    public override async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.IsDraining = true;
        var time = options.Value.DrainTime;
        if (time > TimeSpan.Zero)
            LogDraining(time.TotalSeconds);
        await Task.Delay(time, timeProvider, cancellationToken);
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Stopping: not ready for {Seconds} s, so that load balancers use other processes. Ctrl-C ends this one at once"
    )]
    private partial void LogDraining(double seconds);
}

/// <summary>Not ready while draining.</summary>
internal sealed class DrainHealth(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsDraining ? HealthCheckResult.Unhealthy("The process is stopping.") : HealthCheckResult.Healthy());
}

/// <summary>Counts the requests; while draining, asks the client of each connection to send its next one on another.</summary>
internal static class DrainMiddleware
{
    /// <summary>Stands before everything that writes a response. HTTP/2 has no such field; the server announces the end itself.</summary>
    public static void UseDrain(this WebApplication app)
    {
        var state = app.Services.GetRequiredService<DrainState>();
        app.Use(
            async (context, next) =>
            {
                if (state.IsDraining && HttpProtocol.IsHttp11(context.Request.Protocol))
                {
                    context.Response.OnStarting(() =>
                    {
                        context.Response.Headers.Connection = "close";
                        return Task.CompletedTask;
                    });
                }

                state.Begin();
                try
                {
                    await next(context);
                }
                finally
                {
                    state.End();
                }
            }
        );
    }
}
