using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class KilledUploadTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    private const int Segments = 4;
    private const int Length = (3 * TusClient.Mebibyte) + 100_000;

    [ProcessTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_kill_of_the_uploads_silo_at_a_segment_loses_nothing_and_doubles_nothing(int segment)
    {
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var account = await Balancer.SignInAsync($"upload{Guid.NewGuid().ToString("N")[..6]}");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = Cluster.FrontEnds[0],
            Timeout = TimeSpan.FromMinutes(2),
        };
        http.DefaultRequestHeaders.Authorization = new("Bearer", account.Token);
        var video = TusClient.Video(Length);
        var path = await http.BeginAsync(Length);
        var stall = await X.AddFaultAsync(
            new
            {
                endpoint = "POST /2/media/upload/{id}/append",
                account = account.Name,
                skip = segment,
                stall = true,
            }
        );
        var sending = http.PatchAsync(path, 0, video);
        await X.UntilHitAsync(stall);
        var victim = (await view.HostOfUploadAsync(TusClient.IdOf(path)))!;

        await Cluster.KillAsync(victim);
        var killed = TimeProvider.System.GetTimestamp();
        await X.ClearFaultsAsync();

        // The front end holds the segment and hands it to the next activation; should it give up, the client goes on as tus has it.
        using var sent = await sending;
        Figure(
            $"kill -9 of the upload's silo at segment {segment}: the client's request",
            $"{(int)sent.StatusCode} after {TimeProvider.System.GetElapsedTime(killed).TotalSeconds:F1} s"
        );
        for (var offset = await http.OffsetAsync(path); offset < Length; offset = await http.OffsetAsync(path))
        {
            using var resumed = await http.PatchAsync(path, offset, video[(int)offset..]);
        }

        var ended = await http.EndAsync(path);
        var media = await X.MediaAsync(ended.MediaId());
        Assert.Equal(TusClient.Sha256(video), media.GetProperty("sha256").GetString());
        Assert.Equal((Segments, 0, Length), (Int("segments_received"), Int("segments_changed"), Int("size")));
        Assert.True(sent.IsSuccessStatusCode, $"the client had to resume: {await sent.Content.ReadAsStringAsync()}");

        int Int(string name) => media.GetProperty(name).GetInt32();
    }
}
