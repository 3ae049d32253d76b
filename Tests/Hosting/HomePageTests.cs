using System.Net;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>The page at the root and its files, as they are served; the browser's tests are in Tests.Cluster.</summary>
public sealed partial class HomePageTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private readonly HttpClient _http = shared.Host.Http;

    [Fact]
    public async Task The_policy_allows_the_pages_own_files_and_nothing_inline()
    {
        using var response = await _http.GetAsync("/");
        var html = await response.Content.ReadAsStringAsync();

        var policy = PolicyOf(response);
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", html);
    }

    [Fact]
    public async Task Pictures_may_come_from_X_and_while_the_sandbox_stands_in_from_it()
    {
        var sandbox = shared.Host.Sandbox.BaseAddress.GetLeftPart(UriPartial.Authority);
        Assert.Contains(
            $"img-src data: blob: https://pbs.twimg.com {sandbox};",
            PolicyOf(await _http.GetAsync("/")),
            StringComparison.Ordinal
        );

        await using var real = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["Twitter:AuthorizeUrl"] = "https://x.com/i/oauth2/authorize" } }
        );
        Assert.Contains("img-src data: blob: https://pbs.twimg.com;", PolicyOf(await real.Http.GetAsync("/")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_file_that_it_names_is_served_with_its_type()
    {
        Queue<string> named = new(FileName().Matches(await _http.GetStringAsync("/")).Select(match => match.Groups["name"].Value));
        HashSet<string> seen = [];
        while (named.TryDequeue(out var name))
        {
            if (!seen.Add(name))
                continue;
            using var file = await _http.GetAsync($"/home/{name}");
            var text = await file.Content.ReadAsStringAsync();
            Assert.Equal(
                (HttpStatusCode.OK, name.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/javascript"),
                (file.StatusCode, file.Content.Headers.ContentType!.MediaType)
            );
            Assert.NotEmpty(text);
            foreach (Match match in FileName().Matches(text))
                named.Enqueue(match.Groups["name"].Value);
        }

        Assert.Equal(
            Directory
                .EnumerateFiles(Path.Combine(CheckedIn.Root, "Api", "Home"))
                .Select(Path.GetFileName)
                .Where(name => !name!.EndsWith(".cs", StringComparison.Ordinal) && name != "home.html")
                .Order(StringComparer.Ordinal),
            seen.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("/home/none.js")]
    [InlineData("/home/home.html")] // without its policy
    [InlineData("/home/")]
    [InlineData("/home/..%2fhome.css")]
    public async Task Nothing_else_is_served(string path) =>
        Assert.True((await _http.GetAsync(path)).StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest);

    [Theory]
    [InlineData("/")]
    [InlineData("/home/main.js")]
    public async Task A_HEAD_is_answered_as_a_GET_without_its_body(string path)
    {
        using var got = await _http.GetAsync(path);
        using var head = await _http.SendAsync(new(HttpMethod.Head, path));

        Assert.Equal(got.StatusCode, head.StatusCode);
        Assert.Equal(got.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal((await got.Content.ReadAsByteArrayAsync()).Length, head.Content.Headers.ContentLength);
        Assert.Equal(PolicyOf(got), PolicyOf(head));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task The_public_key_is_filled_in_where_it_is_valid_and_nowhere_else()
    {
        Assert.Contains("data-development-key=\"dev-key\"", await _http.GetStringAsync("/"), StringComparison.Ordinal);

        using var forwarded = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-For", "203.0.113.7" } } };
        using var answer = await _http.SendAsync(forwarded);
        Assert.DoesNotContain("dev-key", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await using var configured = await ProxyHost.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["Clients:app:ApiKeys:0"] = ApiKey.Hash("another") } }
        );
        Assert.DoesNotContain("dev-key", await configured.Http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sections_that_it_sends_to_are_there()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(CheckedIn.Root, "README.md"));
        var index = await File.ReadAllTextAsync(Path.Combine(CheckedIn.Root, "docs", "README.md"));
        var sections = Section().Matches(await _http.GetStringAsync("/")).Select(match => match.Groups["name"].Value).ToList();

        Assert.Equal(5, sections.Count);
        Assert.All(sections, section =>
            Assert.True(
                readme.Contains($"\n## {section}\n", StringComparison.Ordinal) || index.Contains($"[{section}](", StringComparison.Ordinal),
                section
            )
        );
    }

    [Theory]
    [InlineData("innerHTML")]
    [InlineData("outerHTML")]
    [InlineData("insertAdjacentHTML")]
    [InlineData("document.write")]
    [InlineData("localStorage")]
    [InlineData("eval(")]
    public void It_never_turns_what_it_was_sent_into_markup_and_keeps_nothing_past_its_tab(string banned) =>
        Assert.All(Directory.EnumerateFiles(Path.Combine(CheckedIn.Root, "Api", "Home")), file =>
            Assert.DoesNotContain(banned, File.ReadAllText(file), StringComparison.OrdinalIgnoreCase)
        );

    private static string PolicyOf(HttpResponseMessage response) => Assert.Single(response.Headers.GetValues("Content-Security-Policy"));

    [GeneratedRegex(@"(""/home/|from '\./)(?<name>[\w.-]+)['""]")]
    private static partial Regex FileName();

    [GeneratedRegex("<i>(?<name>[^<]+)</i>")]
    private static partial Regex Section();
}
