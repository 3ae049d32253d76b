using Microsoft.Extensions.DependencyInjection;
using Orleans;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Interfaces;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>Uploads leave memory when nobody calls them, and nobody notices. The clock is the test's.</summary>
public sealed class IdleUploadTests : OneAccountTest
{
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(1);

    internal override ProxySetup Setup =>
        new() { Settings = new Dictionary<string, string> { ["Sessions:IdleAfter"] = IdleAfter.ToString() } };

    [Theory]
    [InlineData(2_500_000, 1_500_000, false)] // in the middle of the second segment
    [InlineData(2_500_000, 1_500_000, true)] // before any of it counts
    [InlineData(1_000_000, 1, false)] // with nothing at X yet
    public async Task A_body_that_comes_more_slowly_than_an_upload_is_idle_is_taken(int length, int sent, bool checksum)
    {
        var video = TusClient.Video(length);
        var path = await Alice.Http.BeginAsync(length);
        using var slow = await RawConnection.OpenAsync(Proxy.Url);
        await slow.SendPatchAsync(path, Alice.Token, video, checksum);
        await slow.SendAsync(video.AsMemory(0, sent));
        if (!checksum)
            await Alice.Http.UntilAsync(path, progress =>
                progress.GetProperty("bytes_at_x").GetInt32() == sent / TusClient.Mebibyte * TusClient.Mebibyte
            );

        await LetGoOfTheIdleAsync();
        await slow.SendAsync(video.AsMemory(sent));

        Assert.Equal(204, (await slow.ReadAsync()).Status);
        Assert.Equal(TusClient.Sha256(video), X.Media.Find((await Alice.Http.EndAsync(path)).MediaId())!.Sha256);
    }

    [Fact]
    public async Task Who_follows_an_upload_may_ask_again_after_any_time()
    {
        var path = await Alice.Http.BeginAsync(1000);
        var upload = Proxy.Services.GetRequiredService<IGrainFactory>().Upload(TusClient.IdOf(path));
        var caller = new UploadCaller(Alice.AccountId, (await Proxy.RecordAsync())!.Sessions[0].Id);
        var known = (await upload.GetProgressAsync(caller, CancellationToken.None)).Value!.Stamp;

        await LetGoOfTheIdleAsync();
        var change = upload.WaitForProgressAsync(caller, known, TimeSpan.FromSeconds(30), CancellationToken.None);
        await Alice.Http.SendAsync(path, 0, TusClient.Video(100));

        Assert.Equal(100, (await change).Value!.BytesReceived);
    }

    private async Task LetGoOfTheIdleAsync()
    {
        Clock.Advance(IdleAfter * 2);
        await SiloUnderTest.MaintainUploadsAsync(Proxy.Services);
    }
}
