using System.Security.Cryptography;
using System.Text;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

public sealed class HomePageTests
{
    [Theory]
    [InlineData("script")]
    [InlineData("style")]
    public async Task Policy_allows_the_pages_own_script_and_style_and_no_other(string element)
    {
        await using var proxy = await ProxyHost.StartAsync();
        using var response = await proxy.Http.GetAsync("/");
        var html = await response.Content.ReadAsStringAsync();
        var inline = html.Split($"<{element}>")[1].Split($"</{element}>")[0];
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(inline)));

        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains($"{element}-src 'sha256-{hash}';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal(2, html.Split($"<{element}").Length); // a second one would not be covered
    }

    [Fact]
    public async Task A_HEAD_is_answered_as_a_GET_without_its_body()
    {
        await using var proxy = await ProxyHost.StartAsync();
        using var got = await proxy.Http.GetAsync("/");
        using var head = await proxy.Http.SendAsync(new(HttpMethod.Head, "/"));

        Assert.Equal(got.StatusCode, head.StatusCode);
        Assert.Equal(got.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal(got.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(got.Headers.GetValues("Content-Security-Policy"), head.Headers.GetValues("Content-Security-Policy"));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("innerHTML")]
    [InlineData("outerHTML")]
    [InlineData("insertAdjacentHTML")]
    [InlineData("document.write")]
    [InlineData("localStorage")]
    public async Task Page_never_turns_what_it_was_sent_into_markup_and_keeps_nothing_past_its_tab(string banned)
    {
        await using var proxy = await ProxyHost.StartAsync();
        Assert.DoesNotContain(banned, await proxy.Http.GetStringAsync("/"), StringComparison.OrdinalIgnoreCase);
    }
}
