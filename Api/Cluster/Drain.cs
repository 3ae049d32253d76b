using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>Whether the process is stopping.</summary>
internal sealed class DrainState
{
    public bool IsDraining { get; set; }
}

/// <summary>
/// On SIGTERM: reports not ready, lets load balancers and the clients of open connections go elsewhere, and then lets the server close its
/// listener. A request on a connection that the server closes at that moment would fail.
/// </summary>
internal sealed class Drain(DrainState state, IOptions<ClusterOptions> options, TimeProvider timeProvider) : ShutdownStep
{
    public override async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.IsDraining = true;
        await Task.Delay(options.Value.DrainTime, timeProvider, cancellationToken);
    }
}

/// <summary>Not ready while draining.</summary>
internal sealed class DrainHealth(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsDraining ? HealthCheckResult.Unhealthy("The process is stopping.") : HealthCheckResult.Healthy());
}

/// <summary>While draining, asks the client of each connection to send its next request on another one.</summary>
internal static class DrainMiddleware
{
    /// <summary>Stands before everything that writes a response. HTTP/2 has no such field; the server announces the end itself.</summary>
    public static void UseDrain(this WebApplication app)
    {
        var state = app.Services.GetRequiredService<DrainState>();
        app.Use(
            (context, next) =>
            {
                if (state.IsDraining && HttpProtocol.IsHttp11(context.Request.Protocol))
                {
                    context.Response.OnStarting(() =>
                    {
                        context.Response.Headers.Connection = "close";
                        return Task.CompletedTask;
                    });
                }

                return next(context);
            }
        );
    }
}
