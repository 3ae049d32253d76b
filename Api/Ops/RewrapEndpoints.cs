using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Sealing;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Grains.Interfaces.Sessions;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>Encryption keys: a new one, and re-encryption of stored tokens with the newest.</summary>
public static class RewrapEndpoints
{
    /// <summary>The path of re-encryption.</summary>
    public const string Path = "/v1/ops/rewrap";

    // Data Protection's own: within it every process of a cluster reads the key ring again.
    private static readonly TimeSpan Propagation = TimeSpan.FromDays(2);

    private const int MaxLooks = 100;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    public static void MapEncryptionKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/v1/ops").WithTags("Operators").TakesSmallBodies().RequireAuthorization(ProxyPolicies.Operator);
        keys.MapPost("/keys", CreateAsync)
            .WithSummary("Make a new encryption key")
            .Produces<NewEncryptionKey>(StatusCodes.Status201Created);
        keys.MapPost("/rewrap", StartAsync)
            .WithSummary("Re-encrypt stored tokens with the newest key, in the background")
            .Produces<RewrapProgress>(StatusCodes.Status202Accepted);
        keys.MapGet("/rewrap", async (IGrainFactory grains) => TypedResults.Ok(await Grain(grains).GetRewrapAsync()))
            .WithSummary("How far re-encryption is, and which keys are still needed")
            .Produces<RewrapProgress>();
    }

    private static async Task<IResult> StartAsync(HttpContext context, OperatorAudit audit, IGrainFactory grains) =>
        await audit.BeginAsync(context, AuditActions.ReencryptTokens)
        ?? TypedResults.Accepted(Path, await Grain(grains).StartRewrapAsync());

    // A single process uses it at once. The others of a cluster know it only when they have read the key ring again.
    private static async Task<IResult> CreateAsync(
        HttpContext context,
        OperatorAudit audit,
        IKeyManager keys,
        IOptions<KeyManagementOptions> options,
        SealingKeys sealing,
        IConfiguration configuration,
        IServiceProvider services,
        CancellationToken cancellationToken
    )
    {
        if (await audit.BeginAsync(context, AuditActions.CreateEncryptionKey) is { } refused)
            return refused;
        var now = TimeProvider.System.GetUtcNow();
        var isCluster = configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>() is { HasDatabase: true };
        var activeAt = isCluster ? now + Propagation : now;
        var key = keys.CreateNewKey(activeAt, activeAt + options.Value.NewKeyLifetime);
        sealing.Learn(key.KeyId);
        // Data Protection reads its storage again beside the calls that ask for it.
        var vault = isCluster ? null : services.GetService<TokenVault>();
        for (var look = 0; look < MaxLooks && vault is not null && vault.NewestKey() != key.KeyId; look++)
            await Task.Delay(BetweenLooks, TimeProvider.System, cancellationToken);
        return TypedResults.Created((string?)null, new NewEncryptionKey(key.KeyId, key.ActivationDate, key.ExpirationDate));
    }

    private static ITokenRewrapGrain Grain(IGrainFactory grains) => grains.GetGrain<ITokenRewrapGrain>(ITokenRewrapGrain.Key);
}

/// <summary>A key of the key ring.</summary>
/// <param name="Id">Data Protection's.</param>
/// <param name="ActiveAt">From when it encrypts: at once in a single process, in two days in a cluster.</param>
/// <param name="ExpiresAt">When its successor takes over; it decrypts for ever.</param>
public sealed record NewEncryptionKey(Guid Id, DateTimeOffset ActiveAt, DateTimeOffset ExpiresAt);
