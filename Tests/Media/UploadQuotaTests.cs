using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>Who begins uploads and leaves them is stopped, and told how to go on.</summary>
public sealed class UploadQuotaTests : OneAccountTest
{
    private const int Length = 1000;
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    internal override ProxySetup Setup =>
        new()
        {
            Settings = new Dictionary<string, string>
            {
                ["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey),
                ["Media:MaxOpenPerAccount"] = "3",
                ["Media:MaxOpenBytesPerAccount"] = "2000000",
                ["Media:MaxOpenPerClient"] = "5",
            },
        };

    [Fact]
    public async Task One_upload_too_many_is_refused_before_X_is_called_and_the_answer_names_those_to_free()
    {
        var paths = await BeginAsync(Alice, 3);
        var calls = X.Counters.Total;

        var problem = await RefusedAsync(Alice);

        Assert.Equal(calls, X.Counters.Total);
        Assert.Contains("Media:MaxOpenPerAccount", problem.Detail, StringComparison.Ordinal);
        Assert.All(paths, path => Assert.Contains(TusClient.IdOf(path), problem.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_upload_that_is_deleted_completed_or_failed_frees_its_place()
    {
        var paths = await BeginAsync(Alice, 3);
        using var deleted = await Alice.Http.SendAsync(TusClient.Request(HttpMethod.Delete, paths[0]));
        await BeginAsync(Alice, 1);
        await RefusedAsync(Alice);

        await Alice.Http.SendAsync(paths[1], 0, TusClient.Video(Length));
        await BeginAsync(Alice, 1);
        await RefusedAsync(Alice);

        await Refusal.ExpectAsync(await Alice.Http.PatchAsync(paths[2], 0, TusClient.Png(Length)), 422, "media_invalid");
        await BeginAsync(Alice, 1);
        await RefusedAsync(Alice);
    }

    [Fact]
    public async Task An_upload_that_X_does_not_begin_takes_no_place()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = "POST /2/media/upload/initialize",
                Status = 400,
                Times = 4,
            }
        );
        for (var i = 0; i < 4; i++)
        {
            using var refused = await Alice.Http.BeginAsync(Length, TusClient.Metadata(("filetype", "video/mp4")));
            Assert.False(refused.IsSuccessStatusCode);
        }

        await BeginAsync(Alice, 3);
    }

    [Fact]
    public async Task Bytes_count_as_they_are_declared()
    {
        await Alice.Http.BeginAsync(1_500_000);

        await Refusal.ExpectAsync(
            await Alice.Http.BeginAsync(600_000, TusClient.Metadata(("filetype", "video/mp4"))),
            429,
            "upload_quota_reached"
        );
        await Alice.Http.BeginAsync(400_000);
    }

    [Fact]
    public async Task A_client_has_a_quota_over_all_its_accounts()
    {
        var bob = await Proxy.SignInAsync("bob");
        await BeginAsync(Alice, 3);
        var paths = await BeginAsync(bob, 2);

        var problem = await RefusedAsync(bob);
        Assert.Contains("The client 'app'", problem.Detail, StringComparison.Ordinal);
        using var deleted = await bob.Http.SendAsync(TusClient.Request(HttpMethod.Delete, paths[0]));

        await BeginAsync(bob, 1);
    }

    [Fact]
    public async Task The_places_of_uploads_that_nobody_finished_are_free_when_they_have_expired()
    {
        await BeginAsync(Alice, 3);
        await RefusedAsync(Alice);

        Clock.Advance(new MediaOptions().UnfinishedLifetime + TimeSpan.FromSeconds(1));

        await BeginAsync(Alice, 3);
    }

    [Fact]
    public async Task The_quota_outlives_the_account_in_memory()
    {
        await BeginAsync(Alice, 3);

        var record = await Proxy.RecordAsync();

        Assert.Equal(["app", "app", "app"], record!.Uploads!.Select(upload => upload.ClientId));
    }

    [Fact]
    public void An_upload_that_is_reserved_again_counts_once_and_one_that_has_expired_not_at_all()
    {
        var (mine, old) = (new OpenUpload("1", "app", 10, Now.AddHours(1)), new OpenUpload("2", "app", 10, Now));
        var (open, refusal) = OpenUploads.Add([mine, old], new(mine, "session", 1, 10), "It", "Setting", Now);

        Assert.Null(refusal);
        Assert.Equal([mine], open!);
    }

    [Fact]
    public void A_client_is_not_told_of_anothers_uploads()
    {
        var theirs = new OpenUpload("their-upload", "other", 10, Now.AddHours(1));

        var (_, refusal) = OpenUploads.Add([theirs], new(new("mine", "app", 1, Now.AddHours(1)), "s", 1, 100), "It", "Setting", Now);

        Assert.Equal(RejectionReason.UploadQuotaReached, refusal!.Reason);
        Assert.DoesNotContain("their-upload", refusal.Detail, StringComparison.Ordinal);
    }

    private static async Task<List<string>> BeginAsync(SignedIn who, int count)
    {
        List<string> paths = [];
        for (var i = 0; i < count; i++)
            paths.Add(await who.Http.BeginAsync(Length));
        return paths;
    }

    [Fact]
    public async Task What_was_refused_leaves_no_reminder_behind()
    {
        var reminders = Proxy.Services.GetRequiredService<IReminderTable>();
        await BeginAsync(Alice, 3);

        await RefusedAsync(Alice);

        var left = (await reminders.ReadRows(0, 0)).Reminders;
        Assert.Equal(3, left.Count(reminder => reminder.GrainId.Type.ToString() == "media-upload"));
    }

    private static async Task<Problem> RefusedAsync(SignedIn who)
    {
        using var refused = await who.Http.BeginAsync(Length, TusClient.Metadata(("filetype", "video/mp4")));
        var problem = await Refusal.ExpectAsync(refused, 429, "upload_quota_reached");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        return problem;
    }
}
