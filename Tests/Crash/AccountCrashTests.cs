using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Crash;

/// <summary>
/// The proxy is killed between any two steps of a refresh or of a sign-out and started again on the same folder. Each row: where it was
/// killed, and what becomes of the grant.
/// </summary>
public sealed class AccountCrashTests(KilledAccounts killed) : IClassFixture<KilledAccounts>
{
    internal static IEnumerable<string> StopsInARefresh =>
        ["before-refresh-intent", "after-refresh-intent", "before-pair-saved", "after-pair-saved"];

    internal static IEnumerable<string> StopsInASignOut =>
        ["before-signed-out", "after-signed-out", "before-account-forgotten", "after-account-forgotten"];

    [Theory]
    [InlineData("before-refresh-intent", 0, true)] // nothing has happened
    [InlineData("after-refresh-intent", 0, true)] // in doubt, and found out to be unspent
    [InlineData(KilledAccounts.SentToX, 0, true)] // the same, as far as anybody can tell
    [InlineData(KilledAccounts.SpentAtX, 1, false)] // the new pair went nowhere: the user has to be asked again
    [InlineData("before-pair-saved", 1, false)] // the new pair died with the process
    [InlineData("after-pair-saved", 1, true)] // nobody was told, but the pair is there
    public async Task Killed_at_a_step_of_a_refresh(string row, int spent, bool survives)
    {
        var (user, counters) = (KilledAccounts.UserOf(row), killed.Restarted.Sandbox.Counters);
        Assert.Equal(spent, counters.RefreshesOf(user));
        using var session = killed.SessionOf(row);
        await ProxyHost.ReadAsync(await session.GetAsync(Accounts.AnyCall)); // an access token is at hand in any case

        if (survives)
        {
            await ProxyHost.ReadAsync(await session.RefreshAsync());
            Assert.Equal(
                (spent + 1, spent + 1),
                (counters.RefreshesOf(user), counters.RefreshAttemptsOf(user) - (row == KilledAccounts.SentToX ? 1 : 0))
            );
        }
        else
        {
            var refusal = await Refusal.ExpectAsync(await session.RefreshAsync(), 401, "reconnect_needed");
            Assert.Contains("cut off", refusal.Detail, StringComparison.Ordinal);
            await Refusal.ExpectAsync(await session.GetAsync(Accounts.AnyCall), 401, "reconnect_needed");
            await killed.Restarted.SignInAsync(user);
        }

        await ProxyHost.ReadAsync(await session.GetAsync(Accounts.AnyCall));
        Assert.Null((await killed.Restarted.RecordAsync(user))!.Intent);
    }

    [Theory]
    [InlineData("before-signed-out", false)] // nothing has happened
    [InlineData("after-signed-out", true)] // X not told
    [InlineData(KilledAccounts.RevocationSent, true)] // perhaps told
    [InlineData("before-account-forgotten", true)] // told, and told again, which does no harm
    [InlineData("after-account-forgotten", true)] // all done
    public async Task Killed_at_a_step_of_a_sign_out(string row, bool ended)
    {
        using var session = killed.SessionOf(row);
        if (!ended)
            await ProxyHost.ReadAsync(await session.DeleteAsync("/v1/session"));
        await Refusal.ExpectAsync(await session.GetAsync(Accounts.AnyCall), 401, "session_ended");
        if (row != "after-account-forgotten")
            await killed.ForgottenAsync(row);
        Assert.Null(await killed.Restarted.RecordAsync(KilledAccounts.UserOf(row)));
        Assert.Equal(0, await killed.Restarted.Sandbox.LiveAccessTokensAsync(KilledAccounts.UserOf(row)));
    }
}
