using System.Net;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Crash;

/// <summary>
/// The proxy is killed between any two steps of a sign-in and started again on the same folder; then the user reloads the page that was
/// left hanging. Each row: where it was killed, and what the user is told.
/// </summary>
public sealed class SignInCrashTests(KilledSignIns killed) : IClassFixture<KilledSignIns>
{
    private const string Interrupted = "sign_in_interrupted";
    private const string Used = "sign_in_used";

    private static readonly (string Row, string? Told, int Exchanges)[] Callbacks =
    [
        ("before-sign-in-exchanging", null, 0), // nothing is spent: it goes on as if nothing had been
        ("after-sign-in-exchanging", Interrupted, 0), // the state is spent, X was not asked
        (KilledSignIns.SentToX, Interrupted, 1),
        (KilledSignIns.TakenUpByX, Interrupted, 1), // tokens were made that nobody will ever know
        ("before-sign-in-opening", Interrupted, 1), // tokens were there, and died with the process
        ("after-sign-in-opening", Interrupted, 1), // whose they were is known, the session is not open
        ("before-session-opened", Interrupted, 1),
        ("after-session-opened", null, 1), // the user need not know
        ("before-sign-in-completed", null, 1),
        ("after-sign-in-completed", Used, 1), // the answer was not sent, but for all that is known it may have been
    ];

    internal static IEnumerable<string> StopsInTheCallback =>
        [
            .. Callbacks.Select(row => row.Row).Where(row => !row.Contains(' ', StringComparison.Ordinal)),
            KilledSignIns.WithReturnUrl + "after-session-opened",
            KilledSignIns.WithReturnUrl + "after-sign-in-opening",
        ];

    internal static IEnumerable<string> StopsInTheExchange =>
        [KilledSignIns.WithReturnUrl + "before-sign-in-handedover", KilledSignIns.WithReturnUrl + "after-sign-in-handedover"];

    public static TheoryData<string, string?, int> Rows
    {
        get
        {
            var rows = new TheoryData<string, string?, int>();
            foreach (var (row, told, exchanges) in Callbacks)
                rows.Add(row, told, exchanges);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Killed_at_a_step_of_the_callback(string row, string? told, int exchanges)
    {
        Assert.Equal(exchanges, killed.ExchangesOf(row));
        using var browser = killed.Restarted.NewClient();
        if (row == "after-session-opened")
            await OnlyWhoHoldsTheCodeTakesItUpAsync(browser, killed.LeftAt(row));
        using var answer = await browser.GetAsync(killed.LeftAt(row));
        if (told is null)
        {
            browser.Carry(await ProxyHost.ReadAsync(answer));
        }
        else
        {
            var refusal = await Refusal.ExpectAsync(answer, 409, told);
            Assert.Contains("tart again", refusal.Detail, StringComparison.Ordinal);
            await Refusal.ExpectAsync(await browser.GetAsync(killed.LeftAt(row)), 409, told); // and stays so
            await browser.SignInAsync(KilledSignIns.UserOf(row));
        }

        await WorksAsync(browser);
    }

    [Fact]
    public async Task Killed_while_the_user_consents_the_sign_in_goes_on()
    {
        using var browser = killed.Restarted.NewClient();
        var callback = await browser.ConsentAsync(killed.LeftAt(KilledSignIns.AtConsent));
        browser.Carry(await ProxyHost.ReadAsync(await browser.GetAsync(callback)));
        await WorksAsync(browser);
    }

    [Theory]
    [InlineData("after-session-opened", true)]
    [InlineData("after-sign-in-opening", false)]
    public async Task With_a_return_URL_the_browser_is_sent_there_all_the_same(string point, bool opened)
    {
        using var browser = killed.Restarted.NewClient();
        using var redirect = await browser.GetAsync(killed.LeftAt(KilledSignIns.WithReturnUrl + point));
        Assert.Equal(HttpStatusCode.SeeOther, redirect.StatusCode);
        var location = redirect.Headers.Location!.OriginalString;
        Assert.Equal(opened ? null : Interrupted, location.Query("error"));
        if (!opened)
            return;
        browser.Carry(await ProxyHost.ReadAsync(await browser.ExchangeAsync(location.Query("handoff"))));
        await WorksAsync(browser);
    }

    [Theory]
    [InlineData(KilledSignIns.CarryingHandoff, true)]
    [InlineData(KilledSignIns.WithReturnUrl + "before-sign-in-handedover", true)]
    [InlineData(KilledSignIns.WithReturnUrl + "after-sign-in-handedover", false)] // spent, for the client may have the session
    public async Task Killed_around_the_exchange_of_the_handoff(string row, bool stillGood)
    {
        using var browser = killed.Restarted.NewClient();
        using var answer = await browser.ExchangeAsync(killed.LeftAt(row));
        if (!stillGood)
        {
            await Refusal.ExpectAsync(answer, 400, "handoff_invalid");
            return;
        }

        browser.Carry(await ProxyHost.ReadAsync(answer));
        await WorksAsync(browser);
    }

    // The state alone has been in more hands than the code.
    private static async Task OnlyWhoHoldsTheCodeTakesItUpAsync(HttpClient stranger, string callback)
    {
        await Refusal.ExpectAsync(await stranger.GetAsync(callback.WithQuery("code", "another")), 409, Used);
        await Refusal.ExpectAsync(await stranger.GetAsync(callback.WithQuery("error", "access_denied")), 409, Used);
    }

    private static async Task WorksAsync(HttpClient session)
    {
        await ProxyHost.ReadAsync(await session.GetAsync(Accounts.AnyCall));
        Assert.Equal("active", (await ProxyHost.ReadAsync(await session.GetAsync("/v1/session"))).GetProperty("grant_state").GetString());
    }
}
