using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class KilledProxyUploadTests
{
    private const string Append = "POST /2/media/upload/{id}/append";

    private static readonly byte[] Video = TusClient.Video((2 * TusClient.Mebibyte) + 300_000);

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(1, true)] // X has taken the segment, and nobody was told
    public async Task A_killed_proxy_goes_on_at_the_offset_it_had_acknowledged(int segment, bool afterEffect)
    {
        await using var world = await DurableWorld.StartAsync(options: new() { MediaProcessingDuration = TimeSpan.Zero });
        await using var first = await ProxyProcess.StartAsync(world);
        await first.Http.SignInAsync();
        var path = await first.Http.BeginAsync(Video.Length);
        await first.Http.SendAsync(path, 0, Video[..700_000]); // within the first segment
        var stall = world.Sandbox.Faults.Add(
            new()
            {
                Endpoint = Append,
                Skip = segment,
                Stall = !afterEffect,
                StallAfterEffect = afterEffect,
            }
        );
        var sending = first.Http.PatchAsync(path, 700_000, Video[700_000..]);
        await world.Sandbox.Faults.WaitUntilHitAsync(stall);

        await first.KillAsync();
        world.Sandbox.Faults.Clear();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => sending);

        await using var proxy = await world.StartProxyAsync();
        var alice = await proxy.SignInAsync("alice");
        var offset = (int)await alice.Http.OffsetAsync(path);
        Assert.True(
            offset == (segment == 0 ? 700_000 : segment * TusClient.Mebibyte) || (segment == 2 && offset == TusClient.Mebibyte),
            $"went on at {offset}"
        ); // two are on their way side by side
        await alice.Http.SendAsync(path, offset, Video[offset..]);

        var media = world.Sandbox.Media.Find((await alice.Http.EndAsync(path)).MediaId())!;
        Assert.Equal((TusClient.Sha256(Video), 3, 0), (media.Sha256, media.SegmentsReceived, media.SegmentsChanged));
    }

    [Theory]
    [InlineData("POST /2/media/upload/{id}/finalize", false)]
    [InlineData("POST /2/media/upload/{id}/finalize", true)]
    [InlineData("GET /2/media/upload", false)]
    public async Task What_was_at_X_is_finished_by_the_next_process_though_nobody_asks(string endpoint, bool afterEffect)
    {
        await using var world = await DurableWorld.StartAsync(options: new() { MediaProcessingDuration = TimeSpan.FromSeconds(1) });
        string path;
        await using (var first = await ProxyProcess.StartAsync(world))
        {
            await first.Http.SignInAsync();
            path = await first.Http.BeginAsync(Video.Length);
            var stall = world.Sandbox.Faults.Add(
                new()
                {
                    Endpoint = endpoint,
                    Stall = !afterEffect,
                    StallAfterEffect = afterEffect,
                }
            );
            await first.Http.SendAsync(path, 0, Video);
            await world.Sandbox.Faults.WaitUntilHitAsync(stall);
            await first.KillAsync();
        }

        world.Sandbox.Faults.Clear();
        // Of its own accord: it finalizes again, and asks for the status unless X is done by then.
        var finalize = world.Sandbox.Faults.Add(new() { Endpoint = "POST /2/media/upload/{id}/finalize", Times = 1 });
        var status = world.Sandbox.Faults.Add(new() { Endpoint = "GET /2/media/upload", Times = 1 });
        await using var proxy = await world.StartProxyAsync();
        await await Task.WhenAny(world.Sandbox.Faults.WaitUntilHitAsync(finalize), world.Sandbox.Faults.WaitUntilHitAsync(status));

        var alice = await proxy.SignInAsync("alice");
        Assert.Equal(TusClient.Sha256(Video), world.Sandbox.Media.Find((await alice.Http.EndAsync(path)).MediaId())!.Sha256);
    }
}
