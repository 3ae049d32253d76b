using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>The configured clients, for operators.</summary>
public static class ClientEndpoints
{
    public static void MapClients(this IEndpointRouteBuilder routes) =>
        routes
            .MapGroup("/v1/ops")
            .WithTags("Operators")
            .RequireAuthorization(ProxyPolicies.Operator)
            .MapGet("/clients", (ClientDirectory clients, IClientLimits limits, CallHistory history) =>
                TypedResults.Ok(
                    new ClientList([
                        .. clients
                            .All.OrderBy(client => client.Id, StringComparer.Ordinal)
                            .Select(client => EntryOf(client, limits, history)),
                    ])
                )
            )
            .WithSummary("Clients: what they may do, their limits, and what they use at this front end");

    private static ClientEntry EntryOf(Client client, IClientLimits limits, CallHistory history)
    {
        var (calls, refused) = history.Of(client.Id);
        var load = limits.LoadOf(client);
        return new(
            client.Id,
            client.KeyCount,
            [.. client.Origins.Order(StringComparer.Ordinal)],
            [.. client.Families.Order(StringComparer.Ordinal)],
            client.IsAppOnlyAllowed,
            client.Wait.TotalSeconds,
            client.StreamLimit,
            client.Limit is { } limit
                ? new(
                    limit.TokenLimit,
                    limit.TokenLimit is null ? null : limit.TokensPerPeriod,
                    limit.TokenLimit is null ? null : limit.ReplenishmentPeriod.TotalSeconds,
                    limit.PermitLimit,
                    load?.InFlight ?? 0,
                    load?.Refused is { } why ? Problems.RetryAfterSeconds(why) ?? 1 : null
                )
                : null,
            calls,
            refused
        );
    }
}

/// <summary>The configured clients.</summary>
/// <param name="Clients">By id.</param>
public sealed record ClientList(IReadOnlyList<ClientEntry> Clients);

/// <summary>One client; no key and no hash of one.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Keys">How many API keys are valid; two while one is replaced.</param>
/// <param name="Origins">Browser origins that may call.</param>
/// <param name="Families">Endpoint families that it may call; empty: all.</param>
/// <param name="AppOnly">Whether it may call X with the app's own token.</param>
/// <param name="Wait">Seconds that its calls wait for X's limits unless they say otherwise.</param>
/// <param name="StreamLimit">Streams that it may have open at one front end.</param>
/// <param name="Limit">Its own limits; null when it has none.</param>
/// <param name="Calls">Its calls of the last hour at this front end.</param>
/// <param name="Refused">Those of them that the proxy refused, or X for its limits.</param>
public sealed record ClientEntry(
    string Id,
    int Keys,
    IReadOnlyList<string> Origins,
    IReadOnlyList<string> Families,
    bool AppOnly,
    double Wait,
    int StreamLimit,
    ClientLimitEntry? Limit,
    long Calls,
    long Refused
);

/// <summary>A client's own limits, and what it uses of them at this front end.</summary>
/// <param name="TokenLimit">Size of the bucket; null for no rate limit.</param>
/// <param name="TokensPerPeriod">Calls per period, on average.</param>
/// <param name="Period">The period in seconds.</param>
/// <param name="PermitLimit">Calls in flight at the same time; null for no limit.</param>
/// <param name="InFlight">Calls in flight now.</param>
/// <param name="RetryAfter">Seconds for which it is refused now; null when it is not.</param>
public sealed record ClientLimitEntry(
    int? TokenLimit,
    int? TokensPerPeriod,
    double? Period,
    int? PermitLimit,
    int InFlight,
    long? RetryAfter
);
