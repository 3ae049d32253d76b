using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Crash;

/// <summary>
/// One process with a sign-in stopped at every crash point, killed, and a proxy started again on its folder: what the rows of
/// <see cref="SignInCrashTests"/> look at.
/// </summary>
public sealed class KilledSignIns : IAsyncLifetime
{
    /// <summary>Rows that return to the client's page rather than show the session.</summary>
    public const string WithReturnUrl = "return-url/";

    /// <summary>X has not taken the code up.</summary>
    public const string SentToX = "sent to X";

    /// <summary>X has, and its answer finds nobody.</summary>
    public const string TakenUpByX = "taken up by X";

    /// <summary>The user is at X's consent page.</summary>
    public const string AtConsent = "at the consent page";

    /// <summary>The browser carries the hand-over code.</summary>
    public const string CarryingHandoff = WithReturnUrl + "carrying the handoff";

    private static readonly Dictionary<string, string> Settings = new(SignInSteps.ReturnUrlRegistered)
    {
        ["SignIn:HandoffLifetime"] = "00:10:00", // the machine may be slow
    };

    private readonly Dictionary<string, string> _left = [];
    private DurableWorld _world = null!;

    internal ProxyHost Restarted { get; private set; } = null!;

    /// <summary>
    /// What the user is left with at a row's point: the callback's path and query, the hand-over code, or the consent page's URL.
    /// </summary>
    public string LeftAt(string row) => _left[row];

    /// <summary>The user of a row, so that X can tell the rows apart.</summary>
    public static string UserOf(string row) => "row_" + string.Concat(row.Where(char.IsAsciiLetter));

    /// <summary>Code exchanges that X saw of a row.</summary>
    public int ExchangesOf(string row) =>
        _world.Sandbox.Counters.Recent.Count(request => request.Path == "/2/oauth2/token" && request.Account == UserOf(row));

    public async Task InitializeAsync()
    {
        _world = await DurableWorld.StartAsync(options: new() { AuthorizationCodeLifetime = TimeSpan.FromMinutes(10) });
        await using (var process = await ProxyProcess.StartAsync(_world, Settings))
        {
            foreach (var row in SignInCrashTests.StopsInTheCallback)
                await StopInCallbackAsync(process, row);
            foreach (var row in SignInCrashTests.StopsInTheExchange)
                await StopInExchangeAsync(process, row);
            await StopAtXAsync(process, SentToX, tookEffect: false);
            await StopAtXAsync(process, TakenUpByX, tookEffect: true);
            _left[AtConsent] = await process.Http.BeginAsync();
            _left[CarryingHandoff] = await HandoffAsync(process, CarryingHandoff);
            await process.KillAsync();
        }

        Restarted = await _world.StartProxyAsync(Settings);
    }

    public async Task DisposeAsync()
    {
        await Restarted.DisposeAsync();
        await _world.DisposeAsync();
    }

    private static string PointOf(string row) => row[(row.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string? ReturnUrlOf(string row) =>
        row.StartsWith(WithReturnUrl, StringComparison.Ordinal) ? SignInSteps.ReturnUrl : null;

    private async Task StopInCallbackAsync(ProxyProcess process, string row)
    {
        var callback = await ConsentedAsync(process, row);
        var key = PointOf(row).EndsWith("session-opened", StringComparison.Ordinal)
            ? _world.Sandbox.Accounts.IdOf(UserOf(row))
            : SignInIdOf(callback.Query("state")!);
        await process.StopAtAsync(key, PointOf(row));
        _ = process.Http.GetAsync(callback);
        await process.ReachedAsync(key);
    }

    private async Task StopAtXAsync(ProxyProcess process, string row, bool tookEffect)
    {
        var callback = await ConsentedAsync(process, row);
        var stalled = _world.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "token",
                Account = UserOf(row),
                Stall = !tookEffect,
                StallAfterEffect = tookEffect,
                Times = 1,
            }
        );
        _ = process.Http.GetAsync(callback);
        await _world.Sandbox.Faults.WaitUntilHitAsync(stalled);
    }

    private async Task StopInExchangeAsync(ProxyProcess process, string row)
    {
        var handoff = _left[row] = await HandoffAsync(process, row);
        var key = SignInIdOf(handoff.Split('.')[0]);
        await process.StopAtAsync(key, PointOf(row));
        _ = process.Http.ExchangeAsync(handoff);
        await process.ReachedAsync(key);
    }

    // The key of the sign-in's record, which the state has sealed in it.
    private string SignInIdOf(string state)
    {
        var keyRing = DataProtectionProvider.Create(new DirectoryInfo(Path.Combine(_world.DataPath, "keys")), keys =>
            keys.SetApplicationName(ProxyApplication.DataProtectionName)
        );
        return new SignInStates(keyRing).Open(state)!;
    }

    private async Task<string> HandoffAsync(ProxyProcess process, string row)
    {
        using var redirect = await process.Http.GetAsync(await ConsentedAsync(process, row));
        return redirect.Headers.Location!.OriginalString.Query("handoff")!;
    }

    private async Task<string> ConsentedAsync(ProxyProcess process, string row) =>
        _left[row] = await process.Http.ConsentAsync(await process.Http.BeginAsync(ReturnUrlOf(row)), UserOf(row));
}
