using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class ExpiredTokenTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    private static readonly TimeSpan ShortLifetime = TimeSpan.FromSeconds(10);

    private long _replaysBefore;

    [ProcessFact]
    public async Task Two_hundred_calls_on_a_refused_token_refresh_it_once()
    {
        var account = await PrepareAsync("refused");
        await X.ExpireTokensAsync(account.Name);
        AllSucceeded(await ReadAtOnceAsync(account));
        await ExpectOneRefreshAsync(account, "200 calls on a token that X refuses");
    }

    [ProcessFact]
    public async Task Two_hundred_calls_on_an_expired_token_refresh_it_once()
    {
        await RestartSandboxAsync(new() { ["Sandbox__AccessTokenLifetime"] = ShortLifetime.ToString() });
        var account = await PrepareAsync("expired");
        var signedInAt = TimeProvider.System.GetUtcNow();
        await Eventually.TrueAsync("the token has expired", TimeSpan.FromSeconds(30), () =>
            Task.FromResult(TimeProvider.System.GetUtcNow() >= signedInAt + ShortLifetime)
        );
        AllSucceeded(await ReadAtOnceAsync(account));
        await ExpectOneRefreshAsync(account, "200 calls on a token past its time");
        await RestartSandboxAsync([]);
    }

    [ProcessFact]
    public async Task Two_hundred_calls_on_an_expired_token_refresh_it_once_while_a_silo_joins()
    {
        await Cluster.StopAsync("silo3");
        var account = await PrepareAsync("joining");
        var (calls, stall) = await BeginStalledRefreshAsync(account);
        var started = TimeProvider.System.GetTimestamp();
        await Cluster.StartAsync("silo3"); // returns when it is a member
        Figure("A silo has joined after", $"{TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s");
        Assert.Equal(1, await X.HitsAsync(stall));
        await X.ClearFaultsAsync();
        AllSucceeded(await calls);
        await ExpectOneRefreshAsync(account, "200 calls while a silo joins");
    }

    [ProcessFact]
    public async Task Two_hundred_calls_on_an_expired_token_refresh_it_once_while_another_accounts_silo_is_killed()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var account = await PrepareAsync("neighbour");
        var host = await view.HostOfAsync(account);
        var victim = ClusterProcesses.Silos.First(silo => silo != host);
        var (calls, _) = await BeginStalledRefreshAsync(account);
        var killedAt = TimeProvider.System.GetTimestamp();
        await Cluster.KillAsync(victim);
        await view.UntilAliveAsync([.. ClusterProcesses.Silos.Where(silo => silo != victim)]);
        Figure("The cluster had found out a kill after", $"{TimeProvider.System.GetElapsedTime(killedAt).TotalSeconds:F1} s");
        await X.ClearFaultsAsync();
        AllSucceeded(await calls);
        await ExpectOneRefreshAsync(account, "200 calls while a silo is killed that does not host the account");
    }

    [ProcessFact]
    public async Task Two_hundred_calls_on_an_expired_token_refresh_it_once_while_the_accounts_own_silo_is_killed()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var account = await PrepareAsync("orphan");
        var host = await view.HostOfAsync(account);
        var (calls, stall) = await BeginStalledRefreshAsync(account, times: 1);
        var started = TimeProvider.System.GetTimestamp();
        await Cluster.KillAsync(host!); // X has the request in its hands and has not acted on it
        var results = await calls;
        AllSucceeded(results);
        Figure(
            "200 calls on a silo killed in mid-refresh had succeeded after",
            $"{TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s"
        );
        Assert.NotEqual(host, await view.HostOfAsync(account));
        Assert.Equal(1, await X.HitsAsync(stall));
        // The journal named the refresh that was cut off; one more was the way to find out, and X had spent nothing.
        await ExpectOneRefreshAsync(account, "200 calls while the account's silo is killed", attempts: 2);
    }

    [ProcessFact]
    public async Task A_kill_between_spend_and_save_is_named_to_the_caller()
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var account = await PrepareAsync("unlucky");
        await X.ExpireTokensAsync(account.Name);
        var spent = await X.AddFaultAsync(
            new
            {
                endpoint = "token",
                account = account.Name,
                stall_after_effect = true,
                times = 1,
            }
        );
        var call = Balancer.ReadAsync(account);
        await X.UntilHitAsync(spent);
        await Eventually.TrueAsync("X has spent the token", TimeSpan.FromSeconds(10), async () =>
            (await X.SeenAsync()).RefreshesOf(account.Name) == 1
        );
        await Cluster.KillAsync((await view.HostOfAsync(account))!);
        var result = await call;
        Assert.Equal((401, "reconnect_needed"), (result.Status, result.Reason));
        Assert.Contains("cut off", result.Body, StringComparison.Ordinal);
        await X.ClearFaultsAsync();
        var again = await Balancer.SignInAsync(account.Name);
        AllSucceeded([await Balancer.ReadAsync(again)]);
    }

    private async Task<Account> PrepareAsync(string name)
    {
        var account = await Balancer.SignInAsync($"{name}{Guid.NewGuid().ToString("N")[..6]}");
        _replaysBefore = (await X.SeenAsync()).Replays;
        AllSucceeded([await Balancer.ReadAsync(account)]); // the account is in memory and knows its windows
        return account;
    }

    // All calls wait for one refresh that X holds back.
    private async Task<(Task<CallResult[]> Calls, int Stall)> BeginStalledRefreshAsync(Account account, int? times = null)
    {
        await X.ExpireTokensAsync(account.Name);
        var stall = await X.AddFaultAsync(
            new
            {
                endpoint = "token",
                account = account.Name,
                stall = true,
                times,
            }
        );
        var calls = ReadAtOnceAsync(account);
        await X.UntilHitAsync(stall);
        return (calls, stall);
    }

    private async Task ExpectOneRefreshAsync(Account account, string what, int attempts = 1)
    {
        var seen = await X.SeenAsync();
        Figure(
            $"{what}, refreshes / attempts / replays",
            $"{seen.RefreshesOf(account.Name)} / {seen.RefreshAttemptsOf(account.Name)} / {seen.Replays - _replaysBefore}"
        );
        Assert.Equal(
            (1, attempts, 0),
            (seen.RefreshesOf(account.Name), seen.RefreshAttemptsOf(account.Name), seen.Replays - _replaysBefore)
        );
        AllSucceeded([await Balancer.ReadAsync(account)]); // a replay would have killed the grant
    }

    private async Task RestartSandboxAsync(Dictionary<string, string> settings)
    {
        await Cluster.StopAsync("sandbox");
        await Cluster.StartAsync("sandbox", settings);
    }
}
