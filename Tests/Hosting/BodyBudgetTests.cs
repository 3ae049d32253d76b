using System.Globalization;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>What a caller declares takes no memory; what it sends does, up to a bound of the process.</summary>
public sealed class BodyBudgetTests(BodyBudgetTests.SmallProxy shared) : FreshAccountTest(shared), IClassFixture<BodyBudgetTests.SmallProxy>
{
    private const int Bound = 32 << 20; // the least that can be configured
    private const int Declared = TwitterClient.MaxBodyBytes;

    private readonly List<RawConnection> _connections = [];

    private BodyBudget Budget => Proxy.Services.GetRequiredService<BodyBudget>();

    public override async Task DisposeAsync()
    {
        _connections.ForEach(connection => connection.HangUp());
        await base.DisposeAsync();
        await HeldAsync("nothing", held => held == 0);
    }

    [Theory]
    [InlineData("Content-Length")]
    [InlineData("Transfer-Encoding")]
    public async Task Sixty_callers_that_declare_much_and_send_little_take_little(string framing)
    {
        for (var i = 0; i < 60; i++)
            await OpenAsync(framing, sent: 100);
        await HeldAsync("all sixty", held => held == 60L * BodyBuffer.AtOnce);

        using var tweet = await Alice.Http.PostAsJsonAsync("/2/tweets", new { text = "hello" });

        Assert.True(tweet.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Memory_is_at_most_twice_what_has_arrived()
    {
        var connection = await OpenAsync("Content-Length", sent: 0);
        for (var sent = 0; sent < 4 << 20; sent += 1 << 20)
        {
            await connection.SendAsync(new byte[1 << 20]);
            var arrived = sent + (1 << 20);
            await HeldAsync($"{arrived} bytes", held => held >= arrived && held <= 2 * arrived);
        }
    }

    [Fact]
    public async Task With_the_bound_used_up_every_route_with_a_body_asks_to_come_again()
    {
        var path = await Alice.Http.BeginAsync(1000);
        for (var i = 0; i < Bound / Declared; i++)
            await OpenAsync("Content-Length", sent: (Declared / 2) + 1);
        await HeldAsync("all of it", held => held == Bound);

        foreach (
            var refused in (HttpResponseMessage[])
                [
                    await Alice.Http.PostAsJsonAsync("/2/tweets", new { text = "no room" }),
                    await Alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "no room" }),
                    await Alice.Http.PostAsJsonAsync("/v1/dry-run", new { method = "GET", path = "/2/tweets" }),
                    await Alice.Http.PatchAsync(path, 0, TusClient.Video(1000)),
                    await Alice.Http.PatchAsync(path, 0, TusClient.Video(1000), ("Upload-Checksum", $"sha1 {new string('A', 27)}=")),
                ]
        )
        {
            var problem = await Refusal.ExpectAsync(refused, 503, "proxy_busy");
            Assert.Equal((true, 1), (problem.Retryable, problem.RetryAfter));
        }

        using var read = await Alice.Http.GetAsync("/2/users/me"); // has no body
        Assert.True(read.IsSuccessStatusCode);
        Assert.Equal(0, X.Counters.Requests("POST /2/tweets"));

        _connections.ForEach(connection => connection.HangUp());
        await HeldAsync("nothing", held => held == 0);
        using var tweet = await Alice.Http.PostAsJsonAsync("/v1/tweets", new { text = "room again" });
        Assert.True(tweet.IsSuccessStatusCode);
        Assert.Equal(1000, await Alice.Http.SendAsync(path, 0, TusClient.Video(1000)));
    }

    [Fact]
    public async Task An_upload_takes_memory_as_its_bytes_arrive()
    {
        var video = TusClient.Video(3 << 20);
        var path = await Alice.Http.BeginAsync(video.Length);
        var phone = await RawConnection.OpenAsync(Proxy.Url);
        _connections.Add(phone);
        await phone.SendPatchAsync(path, Alice.Token, video, checksum: false);
        await phone.SendAsync(video.AsMemory(0, 10));

        await HeldAsync("one small buffer", held => held == BodyBuffer.AtOnce);
        await phone.SendAsync(video.AsMemory(10));

        Assert.Equal(204, (await phone.ReadAsync()).Status);
        await HeldAsync("nothing", held => held == 0);
    }

    [Theory]
    [InlineData(64L << 20, 32L << 20)]
    [InlineData(384L << 20, 96L << 20)] // of a container with 512 MiB, what .NET takes
    [InlineData(64L << 30, 256L << 20)]
    public void By_default_a_quarter_of_the_memory_may_be_bodies(long memory, long bound) =>
        Assert.Equal(bound, BodyBudget.DefaultLimit(memory));

    private async Task<RawConnection> OpenAsync(string framing, int sent)
    {
        var connection = await RawConnection.OpenAsync(Proxy.Url);
        _connections.Add(connection);
        var isChunked = framing == "Transfer-Encoding";
        await connection.SendHeadAsync(
            "POST /2/media/upload",
            Alice.Token,
            isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Declared}"
        );
        if (isChunked)
            await connection.SendAsync(System.Text.Encoding.ASCII.GetBytes(Declared.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        await connection.SendAsync(new byte[sent]);
        return connection;
    }

    private Task<TimeSpan> HeldAsync(string what, Func<long, bool> condition) =>
        Eventually.TrueAsync($"{what} is held", TimeSpan.FromSeconds(30), () => Task.FromResult(condition(Budget.Held)));

    public sealed class SmallProxy : SharedProxy
    {
        private protected override ProxySetup Setup =>
            new() { Settings = new Dictionary<string, string> { ["Proxy:MaxBodyBytes"] = $"{Bound}" } };
    }
}
