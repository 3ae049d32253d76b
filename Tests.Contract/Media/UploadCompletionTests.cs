using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>Trouble once every byte is at X. The clock is the test's, and X processes for 20 s.</summary>
public sealed class UploadCompletionTests : OneAccountTest
{
    private const string Finalize = "POST /2/media/upload/{id}/finalize";
    private const string Status = "GET /2/media/upload";

    private static readonly byte[] Video = TusClient.Video(200_000);

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        X.Media.ProcessingDuration = TimeSpan.FromSeconds(20);
    }

    [Theory]
    [InlineData(Finalize, FaultVariant.NotFoundPartial)]
    [InlineData(Finalize, FaultVariant.Html)]
    [InlineData(Finalize, FaultVariant.Empty)]
    [InlineData(Status, FaultVariant.NotFoundPartial)]
    [InlineData(Status, FaultVariant.Html)]
    [InlineData(Status, FaultVariant.Empty)]
    public async Task A_success_that_does_not_name_the_media_is_no_success(string endpoint, FaultVariant variant)
    {
        var odd = X.Faults.Add(new() { Endpoint = endpoint, Times = 2, Status = 200, Variant = variant });
        var began = Clock.GetUtcNow();

        var ended = await Alice.Http.EndAsync(await SendAsync(), clock: Clock);

        Assert.Equal((2, TusClient.Sha256(Video)), (odd.Hits, X.Media.Find(ended.MediaId())!.Sha256));
        Assert.True(Clock.GetUtcNow() - began >= X.Media.ProcessingDuration, "It was told to be ready before X had it ready.");
    }

    private async Task<string> SendAsync()
    {
        var path = await Alice.Http.BeginAsync(Video.Length);
        await Alice.Http.SendAsync(path, 0, Video);
        return path;
    }
}
