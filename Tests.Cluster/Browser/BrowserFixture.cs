using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace OrleansTwitterProxy.Tests.Browser;

/// <summary>Debian's Chromium, for the pages that people use.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    internal const string Chromium = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Chromium))
            return; // the tests are skipped
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--no-proxy-server", "--disable-background-networking"] }
        );
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A browser of its own, without cookies and storage, at a size and in a colour scheme.</summary>
    internal async Task<BrowserPage> OpenAsync(Uri address, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(
            new()
            {
                BaseURL = address.AbsoluteUri,
                ViewportSize = new() { Width = width, Height = 900 },
                ColorScheme = scheme,
                ReducedMotion = ReducedMotion.Reduce,
            }
        );
        context.SetDefaultTimeout(30_000);
        return new(context, await context.NewPageAsync());
    }
}

/// <summary>A page, with what its console has said and what it has asked for.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    // Chromium's own word for every answer of 400 or more, which a page may expect.
    private const string FailedLoad = "Failed to load resource";

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly ConcurrentQueue<string> _requests = [];

    public BrowserPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.StartsWith(FailedLoad, StringComparison.Ordinal))
                _errors.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.Request += (_, request) => _requests.Enqueue($"{request.Method} {new Uri(request.Url).AbsolutePath}");
    }

    public IPage Page { get; }

    /// <summary>Exceptions of its scripts, refusals by its content policy, and what else its console marks as an error.</summary>
    public IReadOnlyList<string> Errors => [.. _errors];

    /// <summary>Every request, as <c>METHOD /path</c>.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>The serious and critical faults that axe-core finds, each with its first element.</summary>
    public async Task<IReadOnlyList<string>> AccessibilityFaultsAsync()
    {
        var found = await Page.RunAxe();
        return
        [
            .. found
                .Violations.Where(rule => rule.Impact is "serious" or "critical")
                .Select(rule => $"{rule.Id}: {rule.Help}: {rule.Nodes.First().Html}"),
        ];
    }

    /// <summary>By how many pixels the page is wider than its window.</summary>
    public Task<int> OverflowAsync() =>
        Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}

/// <summary>A test that needs the browser; skipped, with the reason, where there is none.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Why;

    internal static string? Why => File.Exists(BrowserFixture.Chromium) ? null : $"There is no {BrowserFixture.Chromium} on this machine.";
}

/// <summary>As <see cref="BrowserFactAttribute"/>, for each of its rows.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = BrowserFactAttribute.Why;
}
