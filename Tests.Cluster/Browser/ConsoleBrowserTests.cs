using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OrleansTwitterProxy.Tests.Browser;

/// <summary>The operators' console, as an operator uses it.</summary>
public sealed partial class ConsoleBrowserTests(BrowserFixture browser, ConsoleBrowserTests.OneProxy shared)
    : IClassFixture<BrowserFixture>,
        IClassFixture<ConsoleBrowserTests.OneProxy>
{
    private const string Key = "a key of the operators";

    [BrowserFact]
    public async Task An_operator_finds_an_account_in_trouble_and_ends_its_sessions()
    {
        var name = await TroubledAccountAsync();
        await using var opened = await SignInAsync();
        var page = opened.Page;

        await page.GetByRole(AriaRole.Link, new() { Name = "Accounts" }).ClickAsync();
        await page.GetByLabel("State").SelectOptionAsync("rejected");
        await page.GetByLabel("Id or username begins with").FillAsync(name);
        await page.Keyboard.PressAsync("Enter");
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = $"@{name}" });
        await Expect(row).ToContainTextAsync("The user must sign in again");
        await row.GetByRole(AriaRole.Link).ClickAsync();

        await Expect(page.Locator(".facts")).ToContainTextAsync("rejected");
        await page.GetByRole(AriaRole.Button, new() { Name = "End all sessions" }).ClickAsync();
        await page.GetByLabel("Reason").FillAsync("The user asked; für alle");
        await page.GetByRole(AriaRole.Button, new() { Name = "End sessions" }).ClickAsync();

        await Expect(page.GetByText("1 ended, 0 left.")).ToBeVisibleAsync();
        await Expect(page.GetByText("It has no session.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Audit" }).Last).ToContainTextAsync("The user asked; für alle");
        Assert.Empty(opened.Errors);
    }

    [BrowserFact]
    public async Task An_account_is_erased_only_by_whoever_types_its_id()
    {
        shared.Begin();
        var user = await shared.Host.SignInAsync("erasable");
        await using var opened = await SignInAsync($"#accounts/{user.AccountId}");
        var page = opened.Page;

        await page.GetByRole(AriaRole.Button, new() { Name = "Erase account" }).ClickAsync();
        await page.GetByLabel("Type").FillAsync("erasable");
        await page.Locator("#dialog-do").ClickAsync();
        await Expect(page.GetByText($"Type {user.AccountId} to confirm.")).ToBeVisibleAsync();
        await page.GetByLabel("Type").FillAsync(user.AccountId);
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.GetByText("Erased, with 1 session. X has revoked the tokens.")).ToBeVisibleAsync();
        await Refusal.ExpectAsync(await user.Http.GetAsync("/v1/session"), 401, "session_ended");
        Assert.Empty(opened.Errors);
    }

    [BrowserFact]
    public async Task A_circuit_is_isolated_and_closed_and_others_see_it_live()
    {
        shared.Begin();
        await using var one = await SignInAsync();
        await using var other = await SignInAsync();

        await one.Page.GetByLabel("Another family").SelectOptionAsync("lists");
        await one.Page.GetByRole(AriaRole.Button, new() { Name = "Isolate family" }).ClickAsync();
        await one.Page.GetByLabel("Reason").FillAsync("X is to be left alone");
        await one.Page.GetByRole(AriaRole.Button, new() { Name = "Isolate circuit" }).ClickAsync();

        await Expect(Circuit(other.Page, "lists")).ToContainTextAsync("isolated");
        await Expect(other.Page.GetByText("1 not closed")).ToBeVisibleAsync();
        await one.Page.GetByRole(AriaRole.Button, new() { Name = "Close lists" }).ClickAsync();
        await one.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(Circuit(one.Page, "lists")).ToContainTextAsync("isolated");
        await one.Page.GetByRole(AriaRole.Button, new() { Name = "Close lists" }).ClickAsync();
        await one.Page.GetByRole(AriaRole.Button, new() { Name = "Close circuit" }).ClickAsync();

        await Expect(Circuit(other.Page, "lists")).ToContainTextAsync("closed");
        await Expect(Circuit(other.Page, "lists").GetByRole(AriaRole.Img)).ToHaveAttributeAsync("aria-label", Changed());
        Assert.Empty(one.Errors);
        Assert.Empty(other.Errors);
    }

    [BrowserFact]
    public async Task A_wrong_key_is_refused_and_signing_out_ends_what_the_right_one_opened()
    {
        shared.Begin();
        await using var opened = await browser.OpenAsync(shared.Host.Url);
        var page = opened.Page;
        await page.GotoAsync("/ops");
        await page.GetByLabel("Admin key").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This key opens nothing");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Accounts" })).ToBeHiddenAsync();

        await EnterAsync(page);
        Assert.Equal(
            "",
            await page.EvaluateAsync<string>("() => document.cookie + Object.keys(localStorage) + Object.keys(sessionStorage)")
        );
        await page.ReloadAsync();
        await Expect(page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(page.GetByText("Signed in with the key ops-a")).ToBeVisibleAsync();
        var dashboard = await page.GotoAsync("/dashboard/");
        Assert.Equal(200, dashboard!.Status);

        await page.GotoAsync("/ops");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByLabel("Admin key")).ToBeFocusedAsync();
        Assert.Equal(401, await page.EvaluateAsync<int>("async () => (await fetch('/v1/ops/overview')).status"));
        Assert.Empty(opened.Errors);
    }

    [BrowserFact]
    public async Task A_link_that_somebody_made_up_leads_to_no_other_route()
    {
        shared.Begin();
        await using var opened = await SignInAsync("#accounts/..%2F..%2F..%2Fhealthz%3F");
        var page = opened.Page;
        await Expect(page.GetByLabel("Id or username begins with")).ToBeVisibleAsync();

        await page.EvaluateAsync("() => { location.hash = 'clients/%E0%A4%A' }");

        await Expect(page.GetByText("No client is called %E0%A4%A.")).ToBeVisibleAsync();
        Assert.DoesNotContain(opened.Requests, request => request.Contains("healthz", StringComparison.Ordinal));
        Assert.Empty(opened.Errors);
    }

    [BrowserFact]
    public async Task A_lost_connection_is_said()
    {
        BrowserPage opened;
        await using (var proxy = await ProxyHost.StartAsync(new() { Settings = OneProxy.Settings }))
        {
            opened = await browser.OpenAsync(proxy.Url);
            await opened.Page.GotoAsync("/ops");
            await EnterAsync(opened.Page);
        }

        await using var page = opened;
        await Expect(opened.Page.GetByText("Connection lost, reconnecting…")).ToBeVisibleAsync();
    }

    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task It_can_be_used_by_everybody_on_every_screen(int width, ColorScheme scheme)
    {
        var name = await TroubledAccountAsync();
        var account = shared.Host.Sandbox.Accounts.IdOf(name);
        await using var opened = await browser.OpenAsync(shared.Host.Url, width, scheme);
        var page = opened.Page;
        await page.GotoAsync("/ops");
        await Expect(page.GetByLabel("Admin key")).ToBeVisibleAsync();
        await LookAsync(opened, $"sign-in-{width}-{scheme}");
        await EnterAsync(page);

        foreach (
            var (view, shows) in ((string, string)[])
                [
                    ("overview", ".strip"),
                    ("accounts", "tbody tr"),
                    ($"accounts/{account}", ".facts"),
                    ("clients", "tbody tr"),
                    ("clients/web", ".facts"),
                    ("silos", "tbody tr"),
                    ("records", "tbody tr"),
                ]
        )
        {
            await page.EvaluateAsync("view => { location.hash = view }", view);
            await Expect(page.Locator($"#view {shows}").First).ToBeVisibleAsync();
            await LookAsync(opened, $"{view.Split('/')[0]}{(view.Contains('/', StringComparison.Ordinal) ? "-one" : "")}-{width}-{scheme}");
        }

        await page.EvaluateAsync("() => { location.hash = 'overview' }");
        await Expect(page.Locator(".chart .grid")).ToHaveCountAsync(6);
        await Expect(page.Locator(".chart .bar").First).ToBeVisibleAsync();
        await Expect(page.Locator(".chart .dot").First).ToBeVisibleAsync();
        await page.EvaluateAsync("view => { location.hash = view }", $"accounts/{account}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Erase account" }).ClickAsync();
        await LookAsync(opened, $"erase-{width}-{scheme}");
        Assert.Empty(opened.Errors);
    }

    private async Task<BrowserPage> SignInAsync(string view = "")
    {
        var opened = await browser.OpenAsync(shared.Host.Url);
        await opened.Page.GotoAsync($"/ops{view}");
        await EnterAsync(opened.Page);
        return opened;
    }

    private static async Task EnterAsync(IPage page)
    {
        await page.GetByLabel("Admin key").FillAsync(Key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
    }

    // Its user has taken the app's access back at X, and a refresh has found out.
    private async Task<string> TroubledAccountAsync()
    {
        var name = shared.Begin();
        var user = await shared.Host.SignInAsync(name);
        await ProxyHost.ReadAsync(await user.Http.GetAsync("/v1/users/me"));
        shared.Host.Sandbox.Accounts.Revoke(name);
        await Refusal.ExpectAsync(await user.Http.GetAsync("/v1/users/me"), 401, "reconnect_needed");
        return name;
    }

    private static ILocator Circuit(IPage page, string family) => page.GetByRole(AriaRole.Row).Filter(new() { HasText = family });

    private static async Task LookAsync(BrowserPage opened, string name)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { } folder)
            await opened.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"console-{name}.png"), FullPage = true });
        Assert.Empty(await opened.AccessibilityFaultsAsync());
        Assert.Equal(0, await opened.OverflowAsync());
        Assert.DoesNotContain("[object", await opened.Page.Locator("body").TextContentAsync(), StringComparison.Ordinal);
    }

    [GeneratedRegex("isolated at .*, closed at ")]
    private static partial Regex Changed();

    public sealed class OneProxy : SharedProxy
    {
        internal static readonly Dictionary<string, string> Settings = new()
        {
            ["Ops:AdminKeys:ops-a"] = ApiKey.Hash(Key),
            ["Clients:web:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
            ["Clients:web:TokenLimit"] = "1000",
            ["Cluster:Dashboard"] = "true",
            ["Sessions:MinimumRefreshInterval"] = "00:00:00", // a 401 is looked into at once
        };

        private protected override ProxySetup Setup => new() { Settings = Settings };
    }
}
