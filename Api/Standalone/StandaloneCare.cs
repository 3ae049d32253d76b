using System.Globalization;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Api.Standalone;

/// <summary>The embedded engine's clock: looks after the accounts and uploads in memory, forgets what has expired, and flushes at the end.</summary>
public sealed partial class StandaloneCare(
    StandaloneEngine engine,
    SqliteRecordStore<SessionRecord> sessions,
    SqliteRecordStore<SignInRecord> signIns,
    SqliteRecordStore<IdempotencyRecord> keyedWrites,
    SqliteRecordStore<UploadRecord> uploads,
    IOptions<UserSessionOptions> options,
    IOptions<IdempotencyOptions> keyOptions,
    TimeProvider timeProvider,
    ILogger<StandaloneCare> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ResumeRevocationsAsync(stoppingToken);
            await CareForUploadsAsync(stoppingToken);
            using var timer = new PeriodicTimer(options.Value.CareInterval, timeProvider);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await engine.CareAsync(options.Value.IdleAfter);
                await ForgetExpiredSignInsAsync(stoppingToken);
                await ForgetOldKeysAsync(stoppingToken);
                await CareForUploadsAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; also when a start fails half way, which the host would otherwise report as a crash of ours.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await engine.StopAsync(cancellationToken);
    }

    // Sign-outs that an earlier process recorded and could not tell X about.
    private async Task ResumeRevocationsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var accounts = await sessions.FindAsync("json_valid(record) AND json_array_length(record, '$.revocations') > 0", cancellationToken);
            foreach (var accountId in accounts) engine.Session(accountId);
            if (accounts.Count > 0) await engine.CareAsync(options.Value.IdleAfter);
        }
        catch (StoreUnavailableException e)
        {
            LogSkipped(e);
        }
    }

    /// <summary>Forgets the sign-ins that are over, and those nobody came back to. Sessions they have opened live on.</summary>
    public async Task ForgetExpiredSignInsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var now = timeProvider.GetUtcNow().ToUnixTimeSeconds();
            await signIns.DeleteWhereAsync($"NOT json_valid(record) OR unixepoch(record ->> '$.expiresAt') < {now - 60}", cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            LogSkipped(e);
        }
    }

    /// <summary>Forgets the keyed writes whose time is over.</summary>
    public async Task ForgetOldKeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keyedWrites.DeleteWhereAsync($"record ->> '$.createdAt' < '{InJson(timeProvider.GetUtcNow() - keyOptions.Value.KeepFor)}'", cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            LogSkipped(e);
        }
    }

    /// <summary>Finishes what is at X, also what an earlier process left there, and forgets the uploads that have expired.</summary>
    public async Task CareForUploadsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await uploads.DeleteWhereAsync($"record ->> '$.expiresAt' < '{InJson(timeProvider.GetUtcNow() - TimeSpan.FromMinutes(1))}'", cancellationToken);
            var unfinished = await uploads.FindAsync($"record ->> '$.state' IN ('{UploadState.Finalizing}', '{UploadState.Processing}')", cancellationToken);
            await engine.CareForUploadsAsync(unfinished, options.Value.IdleAfter);
        }
        catch (StoreUnavailableException e)
        {
            LogSkipped(e);
        }
    }

    // As text, so that the index serves: JSON has all instants in one form, and in UTC.
    private static string InJson(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A round of housekeeping was skipped: the database does not answer")]
    private partial void LogSkipped(Exception exception);
}
