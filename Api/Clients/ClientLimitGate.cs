using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Clients;

/// <summary>
/// Counts every request of a client in the client's own limits, from before its body is read until its response has ended. A route counts
/// unless it says why not (<see cref="NotCounted"/>), so none can be forgotten.
/// </summary>
internal static class ClientLimitGate
{
    /// <summary>Stands after authorization, which tells the client. It needs <see cref="IClientLimits"/>.</summary>
    public static void UseClientLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<IClientLimits>();
        var timeProvider = app.Services.GetRequiredService<TimeProvider>();
        app.Use(
            (context, next) =>
                ClientOf(context) is { Limit: not null } client && context.GetEndpoint()?.Metadata.GetMetadata<NotCounted>() is null
                    ? CountAsync(client, context, next)
                    : next(context)
        );

        async Task CountAsync(Client client, HttpContext context, RequestDelegate next)
        {
            using var permit = await limits.AcquireAsync(client, context.RequestAborted);
            if (permit.Rejection is not { } limited)
            {
                await next(context);
                return;
            }

            ResponseFields.WriteLimit(context.Response, client.Limit!, limited.RetryAfter, timeProvider.GetUtcNow());
            await Problems.WriteAsync(context, limited);
        }
    }

    /// <summary>The requests of these routes do not count.</summary>
    /// <param name="builder">The routes.</param>
    /// <param name="reason">Why not; for readers.</param>
    public static TBuilder NotCounted<TBuilder>(this TBuilder builder, string reason)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new NotCounted(reason));

    private static Client? ClientOf(HttpContext context) =>
        context.User switch
        {
            SessionPrincipal session => session.Caller.Client,
            ClientPrincipal client => client.Client,
            _ => null,
        };
}

/// <summary>Marks a route that does not count in its client's own limits.</summary>
internal sealed record NotCounted(string Reason);
