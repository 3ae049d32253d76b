using Microsoft.AspNetCore.Http.HttpResults;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// The sandbox's control API over HTTP, for curl and tests in other languages. These requests are not counted and never get faults.
/// </summary>
internal static class ControlEndpoints
{
    public const string Root = "/_sandbox";

    public static void Map(IEndpointRouteBuilder app, SandboxWorld world)
    {
        var control = app.MapGroup(Root).AddEndpointFilter(RefuseForeignPagesAsync).AddEndpointFilter(RefuseBadArgumentsAsync);
        control.MapGet("/", () => TypedResults.Json(ControlIndex.Of(world)));

        control.MapGet("/faults", () => world.Faults.All);
        control.MapPost("/faults", (Fault fault) => TypedResults.Json(world.Faults.Add(fault), statusCode: 201));
        control.MapDelete("/faults", world.Faults.Clear);
        control.MapDelete("/faults/{id:int}", Results<Ok, NotFound> (int id) =>
            world.Faults.Remove(id) ? TypedResults.Ok() : TypedResults.NotFound()
        );
        control.MapPost("/faults/release", () => world.Faults.Release());

        control.MapGet("/counters", (int? recent) => CountersSnapshot.Of(world, recent ?? 100));
        control.MapDelete("/counters", () => ResetCounters(world));

        control.MapPost("/limits", (LimitsRequest request) => Change(world.Limits, request));
        control.MapPost("/limits/reset", world.Limits.ResetWindows);
        control.MapDelete("/limits", world.Limits.Restore);

        control.MapGet("/accounts/{name}", (string name) => new { Name = name, Id = world.Accounts.IdOf(name) });
        control.MapPost("/accounts/{name}/revoke", (string name) => new { Revoked = world.Accounts.Revoke(name) });
        control.MapPost("/accounts/{name}/expire-tokens", (string name) => new { Expired = world.Accounts.ExpireTokens(name) });
        control.MapPost("/accounts/{name}/tokens", (string name, TokensRequest? request) =>
            world.Accounts.IssueTokens(name, request?.Scopes ?? [])
        );

        control.MapPost("/accounts/{name}/blocks/{other}", (string name, string other) => world.Accounts.Block(name, other));
        control.MapDelete("/accounts/{name}/blocks/{other}", (string name, string other) => world.Accounts.Unblock(name, other));

        control.MapGet("/media", () => world.Media.All);
        control.MapGet("/media/{id}", Results<Ok<StoredMedia>, NotFound> (string id) =>
            world.Media.Find(id) is { } media ? TypedResults.Ok(media) : TypedResults.NotFound()
        );
        control.MapDelete("/media/{id}", Results<Ok, NotFound> (string id) =>
            world.Media.Forget(id) ? TypedResults.Ok() : TypedResults.NotFound()
        );
        control.MapPost("/media", (MediaRequest request) =>
        {
            world.Media.FailNext(request.FailNext);
            world.Media.ProcessingDuration = request.Processing ?? world.Media.ProcessingDuration;
        });

        control.MapPost("/stream/disconnect", () => new { Disconnected = world.Stream.Disconnect() });
        control.MapGet("/streams", () => world.Streams.All.Select(stream => stream.Describe(0)));
        control.MapGet("/streams/{name}", (string name, int? events) => world.Streams[name].Describe(events ?? 100));
        control.MapPost("/streams/{name}/events", (string name, StreamEventsRequest request) =>
        {
            var (first, last) = world.Streams.Publish(name, request.Count, request.Body);
            return new { First = first, Last = last };
        });
        control.MapPost("/streams/{name}/disconnect", (string name, StreamDisconnectScript script) =>
            new { Connections = world.Streams.Disconnect(name, script) }
        );
        control.MapDelete("/streams/{name}/disconnect", (string name) => world.Streams.ClearScript(name));
    }

    private static void ResetCounters(SandboxWorld world)
    {
        world.Counters.Reset();
        world.Streams.ResetCounters();
        world.Costs.Reset();
    }

    private static void Change(SandboxLimits limits, LimitsRequest request)
    {
        limits.Enforced = request.Enforced ?? limits.Enforced;
        limits.SendHeaders = request.SendHeaders ?? limits.SendHeaders;
        limits.LegacyErrorBody = request.LegacyErrorBody ?? limits.LegacyErrorBody;
        if (request.Endpoint is null)
            return;
        if (request.Exhaust is not null)
            limits.Exhaust(request.Endpoint, request.Exhaust);
        else
            limits.Set(request.Endpoint, LimitsOf(request));
    }

    // A browser lets any page send simple requests to this machine, and says in Origin which.
    private static ValueTask<object?> RefuseForeignPagesAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        return request.Headers.Origin.ToString() is { Length: > 0 } origin && origin != $"{request.Scheme}://{request.Host}"
            ? ValueTask.FromResult<object?>(TypedResults.StatusCode(StatusCodes.Status403Forbidden))
            : next(context);
    }

    private static async ValueTask<object?> RefuseBadArgumentsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (ArgumentException exception)
        {
            return TypedResults.BadRequest(exception.Message);
        }
    }

    private static EndpointLimits LimitsOf(LimitsRequest request) =>
        new()
        {
            PerUser = request.PerUser,
            PerUserDay = request.PerUserDay,
            PerUserSecond = request.PerUserSecond,
            PerApp = request.PerApp,
            PerAppSecond = request.PerAppSecond,
            PerAppDay = request.PerAppDay,
        };
}
