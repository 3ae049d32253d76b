using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>A request that writes to an upload ends with its right to, and not when its client has sent another segment.</summary>
public sealed class UploadTakeOverTests(SharedProxy shared) : FreshAccountTest(shared), IClassFixture<SharedProxy>
{
    private static readonly byte[] Video = TusClient.Video(1_200_000);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_PATCH_that_another_replaces_ends_at_once_and_holds_nothing(bool checksum)
    {
        var (path, phone) = await BeginAsync(checksum);
        using (phone)
        {
            Assert.Equal(Video.Length, await Alice.Http.SendAsync(path, 0, Video));

            await EndsAsync(phone, 423, "upload_locked");
        }

        Assert.Equal(TusClient.Sha256(Video), X.Media.Find((await Alice.Http.EndAsync(path)).MediaId())!.Sha256);
    }

    [Fact]
    public async Task So_it_does_when_its_client_asks_for_the_offset()
    {
        var (path, phone) = await BeginAsync(checksum: false);
        using (phone)
        {
            Assert.Equal(0, await Alice.Http.OffsetAsync(path));

            await EndsAsync(phone, 423, "upload_locked");
        }

        Assert.Equal(Video.Length, await Alice.Http.SendAsync(path, 0, Video));
    }

    [Fact]
    public async Task So_it_does_when_the_upload_is_deleted()
    {
        var (path, phone) = await BeginAsync(checksum: false);
        using (phone)
        {
            using var deleted = await Alice.Http.SendAsync(TusClient.Request(HttpMethod.Delete, path));
            Assert.Equal(204, (int)deleted.StatusCode);

            await EndsAsync(phone, 423, "upload_locked");
        }
    }

    [Fact]
    public async Task So_it_does_when_its_session_ends()
    {
        var (_, phone) = await BeginAsync(checksum: false);
        using (phone)
        {
            await ProxyHost.ReadAsync(await Alice.Http.DeleteAsync("/v1/session"));

            await EndsAsync(phone, 401, "session_ended");
        }
    }

    private async Task<(string Path, RawConnection Phone)> BeginAsync(bool checksum)
    {
        var path = await Alice.Http.BeginAsync(Video.Length);
        var phone = await RawConnection.OpenAsync(Proxy.Url);
        await phone.SendPatchAsync(path, Alice.Token, Video, checksum);
        await phone.SendAsync(Video.AsMemory(0, 1000));
        return (path, phone);
    }

    // Though it has more to send, and does not.
    private async Task EndsAsync(RawConnection phone, int status, string reason)
    {
        var answer = await phone.ReadAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((status, reason), (answer.Status, answer.Reason));
        await phone.EndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync("nothing is held", TimeSpan.FromSeconds(10), () =>
            Task.FromResult(Proxy.Services.GetRequiredService<BodyBudget>().Held == 0)
        );
    }
}
