using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>A phone that drops off says nothing: its line is open, and no byte comes any more. The clock is the test's.</summary>
public sealed class SilentLineTests : OneAccountTest
{
    private const int Length = 1000;

    internal override ProxySetup Setup =>
        new()
        {
            Settings = new Dictionary<string, string>
            {
                ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                ["Clients:app:PermitLimit"] = "1",
            },
        };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_line_that_stays_silent_for_a_minute_is_ended_and_holds_nothing(bool checksum)
    {
        var video = TusClient.Video(Length);
        var path = await Alice.Http.BeginAsync(Length);
        using var phone = await RawConnection.OpenAsync(Proxy.Url);
        await phone.SendPatchAsync(path, Alice.Token, video, checksum);
        // For the phone has the one permit.
        await Refusal.ExpectAsync(await Alice.Http.PatchAsync(path, 0, video), 429, "client_rate_limited");

        Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(0, await phone.EndAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        await Eventually.TrueAsync("the permit is free again", TimeSpan.FromSeconds(10), async () =>
            (await Alice.Http.PatchAsync(path, 0, video)).IsSuccessStatusCode
        );
        Assert.Equal(TusClient.Sha256(video), X.Media.Find((await Alice.Http.EndAsync(path)).MediaId())!.Sha256);
    }
}
