using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>One account with a scripted store and a scripted X around it.</summary>
internal sealed class AccountBench : IDisposable
{
    public const string AccountId = "42";

    private readonly CancellationTokenSource _lifetime = new();
    private readonly UserSessionFactory _factory;
    private readonly TokenEndpoint _tokenEndpoint;

    public AccountBench(ScriptedX x, UserSessionOptions? options = null)
    {
        (X, Metrics) = (x, new(Meters));
        AuditLog = new(Audit, Clock);
        Options = options ?? new();
        var twitter = Microsoft.Extensions.Options.Options.Create(
            new TwitterOptions { ClientId = "client", ApiBaseUrl = "https://api.x.test" }
        );
        Queue = new(Microsoft.Extensions.Options.Options.Create(new QueueOptions()), Clock);
        var http = new HttpMessageInvoker(x);
        var circuit = Microsoft.Extensions.Options.Options.Create(new CircuitOptions());
        var clockOfX = new UpstreamClock();
        _tokenEndpoint = new(http, twitter, Clock, Metrics, NullLogger<TokenEndpoint>.Instance);
        _factory = new(
            Vault,
            _tokenEndpoint,
            new(http, twitter, Clock, clockOfX, Metrics),
            new DirectCircuit(circuit.Value, Clock),
            circuit,
            Catalogue,
            LimitTable.ForApp(clockOfX),
            new(Microsoft.Extensions.Options.Options.Create(new RetryOptions { BaseDelay = TimeSpan.Zero, BudgetPerSecond = 100 }), Clock),
            Queue,
            Microsoft.Extensions.Options.Options.Create(Options),
            Microsoft.Extensions.Options.Options.Create(KeyOptions),
            Rows,
            new(Metrics, NullLogger<LostGrants>.Instance),
            AuditLog,
            Clock,
            NullLogger<UserSession>.Instance
        );
    }

    public Incarnation Incarnation { get; init; } = Incarnation.First;

    public static EndpointCatalogue Catalogue { get; } = new();

    public ManualClock Clock { get; } = new();

    public IMeterFactory Meters { get; } = NewMeters();

    public ProxyMetrics Metrics { get; }

    public ScriptedStore<SessionRecord> Store { get; } = new();

    public ScriptedStore<IdempotencyRecord> KeyStore { get; } = new();

    public IdempotencyOptions KeyOptions { get; } = new();

    public AccountRows Rows { get; } = new();

    public KeptAudit Audit { get; } = new();

    public AuditLog AuditLog { get; }

    public ScriptedX X { get; }

    public TokenVault Vault { get; } = new(new EphemeralDataProtectionProvider());

    public CallQueue Queue { get; }

    public UserSessionOptions Options { get; }

    /// <summary>Metrics that nobody reads.</summary>
    public static ProxyMetrics NewMetrics() => new(NewMeters());

    private static IMeterFactory NewMeters() =>
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    /// <summary>The record as it is stored.</summary>
    public SessionRecord? Stored => Store[AccountId];

    /// <summary>A whole account object, as an engine activates it.</summary>
    public UserSession Activate() =>
        _factory.Create(AccountId, Store, KeyStore, id => throw new InvalidOperationException($"There is no upload {id} here."));

    /// <summary>The part of an activation that refreshes, with the journal it works on.</summary>
    public (TokenRefresh Refresh, SessionJournal Journal) ActivateRefresh(TokenVault? vault = null)
    {
        var journal = new SessionJournal(AccountId, Store);
        return (
            new(
                AccountId,
                journal,
                vault ?? Vault,
                _tokenEndpoint,
                Options,
                new(AccountId, AuditLog, new(Metrics, NullLogger<LostGrants>.Instance)),
                Incarnation,
                Clock,
                NullLogger.Instance,
                _lifetime.Token
            ),
            journal
        );
    }

    /// <summary>An encrypted pair, obtained now.</summary>
    public GrantRecord Pair(string name, long version = 1, string[]? scopes = null) =>
        new()
        {
            Version = version,
            AccessToken = Vault.Protect(AccountId, new AccessToken($"access-{name}")),
            RefreshToken = Vault.Protect(AccountId, new RefreshToken($"refresh-{name}")),
            Scopes = scopes ?? ["tweet.read", "users.read", "offline.access"],
            ObtainedAt = Clock.GetUtcNow(),
            ExpiresAt = Clock.GetUtcNow() + TimeSpan.FromHours(2),
        };

    /// <summary>Stores an account with one session and one pair.</summary>
    public SessionRecord SignedIn(string pair = "0", string session = "session-1", long version = 1)
    {
        var record = new SessionRecord
        {
            AccountId = AccountId,
            Username = "ada",
            Grant = Pair(pair, version),
            Sessions =
            [
                new(session, "app", ["tweet.read", "users.read", "offline.access"], Clock.GetUtcNow())
                {
                    UsedUntil = Clock.GetUtcNow() + Options.UseSaveInterval,
                },
            ],
        };
        Store.Put(AccountId, record);
        return record;
    }

    /// <summary>What the stored pair decrypts to.</summary>
    public (string Access, string? Refresh) Reveal(GrantRecord grant) =>
        (
            Vault.UnprotectAccess(AccountId, grant.AccessToken).Reveal(),
            grant.RefreshToken is { } refresh ? Vault.UnprotectRefresh(AccountId, refresh).Reveal() : null
        );

    /// <summary>What the audit was told, as action and detail.</summary>
    public async Task<IEnumerable<string>> AuditedAsync()
    {
        await AuditLog.FlushAsync(CancellationToken.None);
        return Audit.Entries.Select(entry => $"{entry.Action} {entry.Detail}");
    }

    /// <summary>The tokens put down for revocation, in the clear.</summary>
    public IEnumerable<string> RevealRevocations() =>
        Stored!.Revocations.Select(pending =>
            pending.Hint is "refresh_token"
                ? Vault.UnprotectRefresh(AccountId, pending.Token).Reveal()
                : Vault.UnprotectAccess(AccountId, pending.Token).Reveal()
        );

    /// <summary>Lets time pass until the task ends; for loops that wait on the clock themselves.</summary>
    public async Task PassTimeUntil(Task task)
    {
        for (var round = 0; !task.IsCompleted; round++)
        {
            Assert.True(round < 1_000_000, "No amount of time ends it.");
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await task;
    }

    public void Dispose()
    {
        _lifetime.Cancel();
        _lifetime.Dispose();
        AuditLog.Dispose();
    }

    /// <summary>A store with no rows beside the account's record; fails where a test tells it to.</summary>
    internal sealed class AccountRows : IAccountRows
    {
        public bool Fail { get; set; }

        public int Deletions { get; private set; }

        public Task<IReadOnlyList<string>> ListAsync(string? after, int count, CancellationToken cancellationToken) => None();

        public Task<int> DeleteKeyedWritesAsync(string accountId, CancellationToken cancellationToken) =>
            Fail ? throw new StoreUnavailableException("scripted: no answer") : Task.FromResult(++Deletions);

        public Task<IReadOnlyList<string>> FindUploadsAsync(string accountId, CancellationToken cancellationToken) => None();

        private static Task<IReadOnlyList<string>> None() => Task.FromResult<IReadOnlyList<string>>([]);
    }
}
