using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Core.Internal;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Grains.Interfaces.Sessions;
using OrleansTwitterProxy.Grains.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Grains;

/// <summary>An account's grain as it leaves memory, loses its silo, or is called from another.</summary>
public sealed class UserSessionGrainTests : IAsyncLifetime
{
    private const string Me = "GET /2/users/me";

    private ClusterInProcess _cluster = null!;
    private SignedIn _alice = null!;

    public async Task InitializeAsync()
    {
        _cluster = await ClusterInProcess.StartAsync(2);
        _alice = await _cluster.Nodes[0].SignInAsync("alice");
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task An_account_that_leaves_memory_lets_its_calls_finish_and_saves_its_windows()
    {
        var stall = _cluster.X.Faults.Add(new() { Endpoint = Me, Stall = true });
        var call = _alice.Http.GetAsync("/2/users/me");
        await _cluster.X.Faults.WaitUntilHitAsync(stall);
        var grain = _cluster.Nodes[0].Services.GetRequiredService<IGrainFactory>().GetGrain<IUserSessionGrain>(_alice.AccountId);

        await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        _cluster.X.Faults.Remove(stall);

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        await ClusterInProcess.UntilAsync("the windows are saved", () => Record()?.Windows.Any(window => window.EndpointKey == Me) is true);
        Assert.Equal(HttpStatusCode.OK, (await _alice.Http.GetAsync("/2/users/me")).StatusCode);
    }

    [Fact]
    public async Task A_caller_that_hangs_up_at_one_node_takes_its_call_at_X_along_from_another()
    {
        await using var x = await RecordingX.StartAsync(_cluster.X);
        await using var cluster = await ClusterInProcess.StartAsync(
            2,
            ("Twitter:ApiBaseUrl", x.Url),
            ("Twitter:AuthorizeUrl", new Uri(_cluster.X.BaseAddress, "/i/oauth2/authorize").AbsoluteUri)
        );
        var alice = await cluster.Nodes[0].SignInAsync("alice");
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        x.Answer = async context =>
        {
            using var registration = context.RequestAborted.Register(gone.SetResult);
            arrived.SetResult();
            await gone.Task;
        };
        var host = await cluster.HostOfAccountAsync(alice.AccountId);
        var other = cluster.Nodes.Single(node => node != host);
        using var caller = await RawConnection.OpenAsync(other.Url);
        await caller.SendHeadAsync("GET /2/users/me", alice.Token);
        await arrived.Task;

        caller.HangUp();

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_sign_out_whose_silo_dies_before_X_was_told_is_finished_by_another()
    {
        var outage = _cluster.X.Faults.Add(new() { Endpoint = "revoke", Variant = Sandbox.FaultVariant.UnavailableJson });
        var host = await _cluster.HostOfAccountAsync(_alice.AccountId);
        await ProxyHost.ReadAsync(await _cluster.At(_cluster.Nodes[0], _alice).DeleteAsync("/v1/session"));
        Assert.NotEmpty(Record()!.Revocations);
        Assert.Equal(1, _cluster.Reminders.CountOf("user-session", "revocation"));

        await _cluster.KillAsync(host);
        _cluster.X.Faults.Remove(outage);

        await ClusterInProcess.UntilAsync("X has confirmed, and nothing is left of the account", () =>
            Record() is null or { Revocations.Count: 0 }
        );
        await ClusterInProcess.UntilAsync("the reminder is forgotten", () => _cluster.Reminders.CountOf("user-session", "revocation") == 0);
    }

    [Fact]
    public async Task A_session_lives_on_when_the_silo_of_its_account_dies()
    {
        await _cluster.KillAsync(await _cluster.HostOfAccountAsync(_alice.AccountId));

        var answer = await _cluster.At(_cluster.Nodes[0], _alice).GetAsync("/2/users/me");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, _cluster.X.Counters.RefreshAttemptsOf("alice"));
    }

    [Fact]
    public async Task A_database_that_is_away_ends_no_session_and_says_what_is_wrong()
    {
        await _cluster.KillAsync(await _cluster.HostOfAccountAsync(_alice.AccountId));
        var alice = _cluster.At(_cluster.Nodes[0], _alice);
        _cluster.Storage.IsAway = true;

        var refused = await Problem.ReadAsync(await alice.GetAsync("/2/users/me"));
        _cluster.Storage.IsAway = false;

        Assert.Equal((503, "storage_unavailable", true), (refused.Status, refused.Reason, refused.Retryable));
        Assert.Equal(HttpStatusCode.OK, (await alice.GetAsync("/2/users/me")).StatusCode);
    }

    private SessionRecord? Record() => _cluster.Storage.Find<SessionRecord>(GrainStorageNames.Sessions, "user-session", _alice.AccountId);
}
