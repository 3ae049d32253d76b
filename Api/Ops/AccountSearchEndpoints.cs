using System.Text.Json;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>Finds accounts for operators.</summary>
public static class AccountSearchEndpoints
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;
    private const int MaxSearchLength = 64;
    private const int MaxIdLength = 20;

    private static readonly Dictionary<string, AccountState> States = Enum.GetValues<AccountState>()
        .ToDictionary(state => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString()), StringComparer.Ordinal);

    public static void AddAccountSearch(this IServiceCollection services) => services.AddSingleton<AccountSearch>();

    public static void MapAccountSearch(this IEndpointRouteBuilder routes) =>
        routes
            .MapGroup("/v1/ops")
            .WithTags("Operators")
            .RequireAuthorization(ProxyPolicies.Operator)
            .MapGet("/accounts", FindAsync)
            .WithSummary("Accounts by the beginning of id or username, and by state")
            .Produces<AccountPage>();

    private static async Task<IResult> FindAsync(
        string? search,
        string? state,
        string? after,
        int? limit,
        AccountSearch accounts,
        CancellationToken cancellationToken
    )
    {
        search = search?.Trim().TrimStart('@');
        if (search is { Length: > MaxSearchLength })
            return ProblemResult.Invalid("search", $"send the beginning of an id or username: at most {MaxSearchLength} characters.");
        AccountState? wanted = null;
        if (!string.IsNullOrEmpty(state))
        {
            if (!States.TryGetValue(state, out var known))
                return ProblemResult.Invalid("state", $"there is no state '{state}'. The states are {string.Join(", ", States.Keys)}.");
            wanted = known;
        }

        if (after is not null && (after.Length is 0 or > MaxIdLength || !after.All(char.IsAsciiDigit)))
            return ProblemResult.Invalid("after", "send what the page before has in 'next', or leave it out.");
        if (limit is < 1 or > MaxLimit)
            return ProblemResult.Invalid("limit", $"send a number from 1 to {MaxLimit}; without it there are {DefaultLimit}.");
        try
        {
            var query = new AccountQuery(string.IsNullOrEmpty(search) ? null : search, wanted, after, limit ?? DefaultLimit);
            return TypedResults.Ok(await accounts.FindAsync(query, cancellationToken));
        }
        catch (StoreUnavailableException)
        {
            return new ProblemResult(
                new(
                    RejectionReason.StorageUnavailable,
                    "The database does not answer, so accounts cannot be listed.",
                    TimeSpan.FromSeconds(1)
                )
            );
        }
    }
}
