using Microsoft.Playwright;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OrleansTwitterProxy.Tests.Browser;

/// <summary>The page at the root as a new user tries it.</summary>
public sealed class HomePageBrowserTests(BrowserFixture browser, SharedProxy shared)
    : IClassFixture<BrowserFixture>,
        IClassFixture<SharedProxy>
{
    // Pictures of one pixel, each of another colour.
    private static readonly byte[][] Pixels =
    [
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="),
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="),
    ];

    private readonly SandboxServer _x = shared.Host.Sandbox;

    [BrowserFact]
    public async Task From_sign_in_over_a_tweet_with_two_of_three_pictures_to_sign_out()
    {
        shared.Begin();
        await using var alice = await SignInAsync("alice");
        var page = alice.Page;

        await page.GetByLabel("New tweet").FillAsync("Two pictures & a link: example.com");
        await Expect(page.Locator("#length")).ToHaveTextAsync("46 / 280");
        await ChooseAsync(page, Picture(0), Picture(1), Picture(2));
        await page.GetByLabel("Description of picture-0.png").FillAsync("The first");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove picture-1.png" }).ClickAsync();
        await Expect(page.Locator("#attached img")).ToHaveCountAsync(2);
        await PostAsync(page);

        var tweet = page.Locator(".tweet").First;
        await Expect(tweet.Locator(".text")).ToHaveTextAsync("Two pictures & a link: example.com");
        await Expect(tweet.GetByAltText("The first")).ToBeVisibleAsync();
        await Expect(tweet.Locator("img")).ToHaveCountAsync(2);
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('.tweet img')].every(image => image.naturalWidth === 1)");
        await Expect(page.Locator("#attached")).ToBeHiddenAsync();
        Assert.Equal(1, _x.Counters.PostsOf("Two pictures & a link: example.com"));

        await tweet.GetByRole(AriaRole.Button, new() { Name = "Like" }).ClickAsync();
        await Expect(tweet.Locator(".like")).ToHaveAttributeAsync("aria-pressed", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByLabel("API key")).ToBeVisibleAsync();
        Assert.Empty(alice.Errors);
    }

    [BrowserFact]
    public async Task An_upload_can_be_cancelled_and_the_rest_is_posted_without_a_text()
    {
        shared.Begin();
        await using var bob = await SignInAsync("bob");
        var page = bob.Page;
        await ChooseAsync(page, Picture(0), Picture(1));
        var stalled = _x.Faults.Add(new() { Endpoint = "POST /2/media/upload/{id}/append", Stall = true });

        await page.GetByRole(AriaRole.Button, new() { Name = "Post", Exact = true }).ClickAsync();
        await _x.Faults.WaitUntilHitAsync(stalled, 2);
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel picture-0.png" }).ClickAsync();
        _x.Faults.Release(stalled);
        _x.Faults.Remove(stalled);

        await Expect(page.GetByText("Not posted: what is attached has changed")).ToBeVisibleAsync();
        await Expect(page.Locator("#attached li")).ToHaveCountAsync(1);
        Assert.Equal(0, _x.Counters.Requests("POST /2/tweets"));
        await PostAsync(page);

        await Expect(page.Locator(".tweet").First.Locator("img")).ToHaveCountAsync(1);
        await Expect(page.Locator(".problem")).ToHaveCountAsync(0);
        Assert.Equal(1, _x.Counters.Requests("POST /2/tweets"));
        Assert.DoesNotContain(bob.Requests, request => request.EndsWith("/null", StringComparison.Ordinal));
        Assert.Contains(bob.Requests, request => request.StartsWith("DELETE /v1/media/", StringComparison.Ordinal));
        Assert.Empty(bob.Errors);
    }

    [BrowserFact]
    public async Task A_post_whose_answer_is_lost_is_sent_again_under_the_same_key_and_is_there_once()
    {
        shared.Begin();
        await using var carol = await SignInAsync("carol");
        var page = carol.Page;
        List<string> keys = [];
        await page.RouteAsync("**/v1/tweets", async route =>
        {
            keys.Add(await route.Request.HeaderValueAsync("Idempotency-Key") ?? "");
            if (keys.Count > 1)
            {
                await route.ContinueAsync();
                return;
            }

            await route.FetchAsync();
            await route.AbortAsync();
        });

        await page.GetByLabel("New tweet").FillAsync("Once");
        await page.GetByRole(AriaRole.Button, new() { Name = "Post", Exact = true }).ClickAsync();
        await Expect(page.GetByText("The proxy does not answer")).ToBeVisibleAsync();
        await Expect(page.GetByText("Post again: the same Idempotency-Key")).ToBeVisibleAsync();
        await PostAsync(page);
        await Expect(page.Locator(".problem")).ToHaveCountAsync(0);
        await page.GetByLabel("New tweet").FillAsync("Another");
        await PostAsync(page);

        Assert.Equal((1, 1), (_x.Counters.PostsOf("Once"), _x.Counters.PostsOf("Another")));
        Assert.Equal(keys[0], keys[1]);
        Assert.NotEqual(keys[1], keys[2]);
        await Expect(page.Locator(".tweet")).ToHaveCountAsync(2);
        Assert.Empty(carol.Errors);
    }

    [BrowserFact]
    public async Task What_X_refuses_is_told_in_its_words_and_is_gone_when_it_is_over()
    {
        shared.Begin();
        await using var dora = await SignInAsync("dora");
        var page = dora.Page;
        await page.GetByLabel("New tweet").FillAsync("Twice");
        await PostAsync(page);
        await page.GetByLabel("New tweet").FillAsync("Twice");
        await page.GetByRole(AriaRole.Button, new() { Name = "Post", Exact = true }).ClickAsync();

        var problem = page.Locator(".problem");
        await Expect(problem.Locator("b")).ToContainTextAsync("duplicate content");
        await Expect(problem).ToContainTextAsync("From X: 403");
        Assert.Empty(await dora.AccessibilityFaultsAsync());
        await page.GetByLabel("New tweet").FillAsync("Something else");
        await PostAsync(page);
        await Expect(problem).ToHaveCountAsync(0);

        _x.Faults.Add(
            new()
            {
                Endpoint = "GET /2/users/*",
                Variant = FaultVariant.RateLimited,
                Times = 1,
                Headers = Reset(2),
            }
        );
        await page.GetByRole(AriaRole.Button, new() { Name = "Reload" }).ClickAsync();
        await Expect(problem).ToContainTextAsync("Try again in");
        await Expect(problem).ToHaveCountAsync(0); // by itself, at the reset
        Assert.Empty(dora.Errors);
    }

    [BrowserFact]
    public async Task A_real_clients_key_opens_the_page_of_its_return_url()
    {
        var port = FreePorts.Next();
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["urls"] = $"http://127.0.0.1:{port}",
                    ["Clients:my-app:ApiKeys:0"] = ApiKey.Hash("otpk_mine"),
                    ["Clients:my-app:ReturnUrls:0"] = $"http://127.0.0.1:{port}/",
                    ["Clients:my-app:Origins:0"] = $"http://127.0.0.1:{port}",
                },
            }
        );
        await using var erin = await browser.OpenAsync(proxy.Url);
        var page = erin.Page;
        await page.GotoAsync("/");
        await Expect(page.GetByLabel("API key")).ToHaveValueAsync("");
        await page.GetByLabel("API key").FillAsync("otpk_wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with X" }).ClickAsync();
        await Expect(page.Locator(".problem")).ToContainTextAsync("No configured client has this API key");

        await page.GetByLabel("API key").FillAsync("otpk_mine");
        await ConsentAsync(page, "erin");

        await Expect(page.Locator(".problem")).ToHaveCountAsync(0);
        Assert.Equal(0, await page.EvaluateAsync<int>("() => localStorage.length + document.cookie.length"));
        Assert.Empty(erin.Errors);
    }

    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task It_can_be_used_by_everybody_on_every_screen(int width, ColorScheme scheme)
    {
        shared.Begin();
        var name = $"{(width > 1000 ? "wide" : "narrow")}{scheme}".ToUpperInvariant();
        await using var visitor = await browser.OpenAsync(shared.Host.Url, width, scheme);
        var page = visitor.Page;
        await page.GotoAsync("/");
        await Expect(page.GetByText("Proxy ready")).ToBeVisibleAsync();
        await AssertUsableAsync(visitor);
        await ShowAsync(page, $"welcome-{name}");

        await ConsentAsync(page, name);
        await page.GetByLabel("New tweet").FillAsync($"A first tweet, with a long word: {new string('w', 120)}");
        await ChooseAsync(page, Picture(0), Picture(1));
        await Expect(page.Locator("#windows .window").First).ToBeVisibleAsync();
        await AssertUsableAsync(visitor);
        await ShowAsync(page, $"draft-{name}");
        await PostAsync(page);
        await page.GetByLabel("New tweet").FillAsync(new string('の', 141));
        await Expect(page.Locator("#length.over")).ToHaveTextAsync("282 / 280");

        await AssertUsableAsync(visitor);
        await ShowAsync(page, $"posted-{name}");
        Assert.Empty(visitor.Errors);
    }

    /// <summary>Examples of twitter-text's conformance suite, at the weights of its configuration v3, and its rules for emoji.</summary>
    [BrowserFact]
    public async Task The_length_is_counted_as_X_counts_it()
    {
        (string Text, int Length)[] table =
        [
            ("", 0),
            ("This is a test.", 15),
            ("http://test.com", 23),
            ("https://test.com", 23),
            ("test.com", 23),
            ("Test https://test.com test https://test.com test.com test", 86),
            ("\U00010000\U0010ffff", 4),
            ("저찀쯿쿿", 8),
            ("H\U0001f431☺", 5),
            (new string('の', 140), 280),
            ("A lié géts halfway arøünd thé wørld: http://bit.ly/dJpywL", 60),
            ("“quoted” – it’s…", 17),
            ("cafe\u0301", 4),
            ("© ®", 3),
            ("\U0001f637\U0001f47e\U0001f621", 6),
            ("\U0001f64b\U0001f3fd\U0001f468\u200d\U0001f3a4", 4), // a skin tone; a joined pair
            ("\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", 2),
            ("\U0001f1e9\U0001f1ea", 2),
            ("1\ufe0f\u20e3", 2),
            ("❤\ufe0f", 2),
            ("#test.com @test.com #http://test.com @http://test.com", 53),
            ("john.doe.gov@mail.com", 21),
            ("$http://twitter.com $twitter.com $t.co", 38),
            ("long.test.tar.bz2 test.tar.bz2 tar.bz2", 38),
            ("MLB.tv vine.co twitch.tv t.co", 95),
            ("foo.jp", 6),
            ("foo.co.jp", 23),
            ("t.co/abcde bit.ly/abcde", 47),
            ("I really like http://t.co/pbY2NfTZ's website", 47),
            ("http://example.com/path..........", 33),
            ("twitter.comこれは日本語です。example.com", 64),
            ("http://foobar.中国/", 23),
            ("HTTPS://www.ExaMPLE.COM/index.html", 23),
            ("http://example.com/Русские_слова", 23),
            ("(http://en.wikipedia.org/wiki/Foo_(bar))", 25),
        ];
        await using var visitor = await browser.OpenAsync(shared.Host.Url);
        await visitor.Page.GotoAsync("/");

        var counted = await visitor.Page.EvaluateAsync<int[]>(
            "async texts => { const { weightedLength } = await import('/home/length.js'); return texts.map(weightedLength); }",
            table.Select(row => row.Text).ToArray()
        );

        Assert.Equal(table, table.Select((row, i) => (row.Text, counted[i])));
    }

    private static FilePayload Picture(int number) =>
        new()
        {
            Name = $"picture-{number}.png",
            MimeType = "image/png",
            Buffer = Pixels[number],
        };

    private static Task ChooseAsync(IPage page, params FilePayload[] files) => page.Locator("#file").SetInputFilesAsync(files);

    // The composer is empty again when X has the tweet, and the timeline has been read.
    private static async Task PostAsync(IPage page)
    {
        var read = page.WaitForResponseAsync(response => response.Url.Contains("/v1/timelines/", StringComparison.Ordinal));
        await page.GetByRole(AriaRole.Button, new() { Name = "Post", Exact = true }).ClickAsync();
        await read;
        await Expect(page.GetByLabel("New tweet")).ToHaveValueAsync("");
    }

    private async Task<BrowserPage> SignInAsync(string user)
    {
        var opened = await browser.OpenAsync(shared.Host.Url);
        await opened.Page.GotoAsync("/");
        await Expect(opened.Page.GetByLabel("API key")).ToHaveValueAsync("dev-key");
        await ConsentAsync(opened.Page, user);
        return opened;
    }

    // At X as any user, which its page says how to do.
    private static async Task ConsentAsync(IPage page, string user)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with X" }).ClickAsync();
        await page.WaitForURLAsync("**/i/oauth2/authorize?*");
        await page.GotoAsync($"{page.Url}&sandbox_user={user}");
        await Expect(page.Locator("#who-name")).ToHaveTextAsync($"@{user}");
        await Expect(page.Locator("#timeline > *").First).ToBeVisibleAsync();
    }

    private static async Task AssertUsableAsync(BrowserPage opened)
    {
        Assert.Empty(await opened.AccessibilityFaultsAsync());
        Assert.Equal(0, await opened.OverflowAsync());
    }

    // To be looked at: SCREENSHOTS names a folder.
    private static async Task ShowAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"home-{name}.png"), FullPage = true });
    }

    private static Dictionary<string, string?> Reset(int seconds) =>
        new()
        {
            ["x-rate-limit-reset"] = $"{TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds()}",
            ["x-rate-limit-remaining"] = "0",
        };
}
