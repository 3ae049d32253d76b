using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>The operators' routes, protected by the admin key.</summary>
public static class OpsEndpoints
{
    public static void AddOps(this IServiceCollection services)
    {
        services.AddValidatedOptions<OpsOptions>(OpsOptions.Section);
        services.AddReadiness();
    }

    public static void MapOps(this IEndpointRouteBuilder routes)
    {
        var ops = routes.MapGroup("/v1/ops").WithTags("Operators").TakesSmallBodies().RequireAuthorization(ProxyPolicies.Operator);
        ops.MapGet("/circuit", (IGrainFactory grains) => AnswerAsync(grains.Circuit))
            .WithSummary("X's health: overall and per endpoint family")
            .Produces<CircuitsSnapshot>();
        ops.MapPost("/circuit/isolate", (CircuitRequest? body, HttpContext context, OperatorAudit audit, IGrainFactory grains) =>
                WorkAsync(body, context, audit, AuditActions.IsolateCircuit, grains.Circuit, static (circuit, family) =>
                    circuit.IsolateAsync(family)
                )
            )
            .WithSummary("Isolate a circuit: reject all calls of a family, or of all, until it is closed")
            .Produces<CircuitsSnapshot>();
        ops.MapPost("/circuit/close", (CircuitRequest? body, HttpContext context, OperatorAudit audit, IGrainFactory grains) =>
                WorkAsync(body, context, audit, AuditActions.CloseCircuit, grains.Circuit, static (circuit, family) =>
                    circuit.CloseAsync(family)
                )
            )
            .WithSummary("Close a circuit")
            .Produces<CircuitsSnapshot>();
    }

    private static async Task<IResult> WorkAsync(
        CircuitRequest? body,
        HttpContext context,
        OperatorAudit audit,
        string action,
        ICircuitControl circuit,
        Func<ICircuitControl, string, Task> work
    )
    {
        var family = body?.Family ?? CircuitOptions.Overall;
        if (family != CircuitOptions.Overall && !EndpointCatalogue.Families.Contains(family))
        {
            return ProblemResult.Invalid(
                "family",
                $"there is no endpoint family '{family}'. The families are {string.Join(", ", EndpointCatalogue.Families)}, and {CircuitOptions.Overall} for all of X, which is the default."
            );
        }

        if (await audit.BeginAsync(context, action, detail: family) is { } refused)
            return refused;
        await work(circuit, family);
        return await AnswerAsync(circuit);
    }

    private static async Task<IResult> AnswerAsync(ICircuitControl circuit) =>
        TypedResults.Ok(new CircuitsSnapshot([.. (await circuit.SnapshotAsync()).Select(CircuitEntry.Of)]));
}

/// <summary>Which circuit to change.</summary>
/// <param name="Family">An endpoint family; null or <c>overall</c> for all of X.</param>
public sealed record CircuitRequest(string? Family);

/// <summary>X's health.</summary>
/// <param name="Circuits">The overall circuit and those of all families used so far.</param>
public sealed record CircuitsSnapshot(IReadOnlyList<CircuitEntry> Circuits);

/// <summary>One circuit.</summary>
/// <param name="Family">Endpoint family, or <c>overall</c>.</param>
/// <param name="State"><c>closed</c>, <c>open</c>, <c>half_open</c>, or <c>isolated</c> by an operator.</param>
/// <param name="RetryAfter">While open: seconds until the next probe.</param>
public sealed record CircuitEntry(string Family, CircuitState State, int? RetryAfter)
{
    internal static CircuitEntry Of(FamilySnapshot circuit) =>
        new(circuit.Family, circuit.State, circuit.RetryAfter is { } after ? (int)Math.Ceiling(after.TotalSeconds) : null);
}
