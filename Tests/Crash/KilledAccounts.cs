using System.Collections.Concurrent;
using System.Net.Http.Headers;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Crash;

/// <summary>
/// One process with an account stopped at every crash point of a refresh and of a sign-out, killed, and a proxy started again on its
/// folder: what the rows of <see cref="AccountCrashTests"/> look at.
/// </summary>
public sealed class KilledAccounts : IAsyncLifetime
{
    /// <summary>X has not taken the refresh up.</summary>
    public const string SentToX = "refresh sent to X";

    /// <summary>X has spent the refresh token, and its answer finds nobody.</summary>
    public const string SpentAtX = "refresh spent at X";

    /// <summary>X has not taken the revocation up.</summary>
    public const string RevocationSent = "revocation sent to X";

    private readonly Dictionary<string, AuthenticationHeaderValue> _sessions = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _forgotten = new(StringComparer.Ordinal);
    private DurableWorld _world = null!;

    internal ProxyHost Restarted { get; private set; } = null!;

    /// <summary>The user of a row.</summary>
    public static string UserOf(string row) => "row_" + string.Concat(row.Where(char.IsAsciiLetter));

    /// <summary>A client with the session that a row's user had.</summary>
    public HttpClient SessionOf(string row)
    {
        var client = Restarted.NewClient();
        client.DefaultRequestHeaders.Authorization = _sessions[row];
        return client;
    }

    /// <summary>Completes when the restarted proxy has forgotten the row's account.</summary>
    public Task ForgottenAsync(string row) => Forgotten(_world.Sandbox.Accounts.IdOf(UserOf(row))).Task;

    public async Task InitializeAsync()
    {
        _world = await DurableWorld.StartAsync();
        await using (var process = await ProxyProcess.StartAsync(_world))
        {
            foreach (var row in AccountCrashTests.StopsInARefresh)
                await StopAsync(process, row, session => session.RefreshAsync());
            foreach (var row in AccountCrashTests.StopsInASignOut)
                await StopAsync(process, row, SignOutAsync);
            await StopAtXAsync(
                process,
                SentToX,
                new()
                {
                    Endpoint = "token",
                    Stall = true,
                    Account = UserOf(SentToX),
                    Times = 1,
                },
                session => session.RefreshAsync()
            );
            await StopAtXAsync(
                process,
                SpentAtX,
                new()
                {
                    Endpoint = "token",
                    StallAfterEffect = true,
                    Account = UserOf(SpentAtX),
                    Times = 1,
                },
                session => session.RefreshAsync()
            );
            await StopAtXAsync(
                process,
                RevocationSent,
                new()
                {
                    Endpoint = "revoke",
                    Stall = true,
                    Times = 1,
                },
                SignOutAsync
            );
            await process.KillAsync();
        }

        Restarted = await _world.StartProxyAsync(customize: builder =>
            builder.TapStore<SessionRecord>(store =>
                store.AfterWrite = (key, record) =>
                {
                    if (record is null)
                        Forgotten(key).TrySetResult();
                    return Task.CompletedTask;
                }
            )
        );
    }

    public async Task DisposeAsync()
    {
        await Restarted.DisposeAsync();
        await _world.DisposeAsync();
    }

    private static Task<HttpResponseMessage> SignOutAsync(HttpClient session) => session.DeleteAsync("/v1/session");

    private async Task StopAsync(ProxyProcess process, string row, Func<HttpClient, Task> step)
    {
        await SignInAsync(process, row);
        var key = _world.Sandbox.Accounts.IdOf(UserOf(row));
        await process.StopAtAsync(key, row);
        _ = step(process.Http);
        await process.ReachedAsync(key);
    }

    private async Task StopAtXAsync(ProxyProcess process, string row, Sandbox.Fault fault, Func<HttpClient, Task> step)
    {
        await SignInAsync(process, row);
        _world.Sandbox.Faults.Add(fault);
        _ = step(process.Http);
        await _world.Sandbox.Faults.WaitUntilHitAsync(fault);
    }

    private async Task SignInAsync(ProxyProcess process, string row)
    {
        process.Http.DefaultRequestHeaders.Authorization = null;
        await process.Http.SignInAsync(UserOf(row));
        _sessions[row] = process.Http.DefaultRequestHeaders.Authorization!;
    }

    private TaskCompletionSource Forgotten(string accountId) =>
        _forgotten.GetOrAdd(accountId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
