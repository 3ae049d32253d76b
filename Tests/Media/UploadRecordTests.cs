using System.Text.Json;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class UploadRecordTests
{
    private static readonly UploadRecord Record = new()
    {
        AccountId = "42",
        SessionId = "session",
        MediaId = "1849",
        TotalBytes = 3_000_000,
        MediaType = "video/mp4",
        Category = "tweet_video",
        SegmentBytes = 1024 * 1024,
        CreatedAt = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        ExpiresAt = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero),
    };

    [Fact]
    public void A_record_of_schema_1_stays_readable()
    {
        const string V1 = """
            {"schema":1,"accountId":"42","sessionId":"session","mediaId":"1849","totalBytes":3000000,"mediaType":"video/mp4","category":"tweet_video",
             "altText":"a cat","metadata":"filename Y2F0","segmentBytes":1048576,"segmentsConfirmed":1,"inHand":"AAEC","state":"Receiving",
             "createdAt":"2026-03-01T12:00:00+00:00","expiresAt":"2026-03-02T12:00:00+00:00","error":{"reason":"OfTomorrow","detail":"?"},"added":{"later":true}}
            """;

        var record = RecordJson.Read<UploadRecord>(V1, "upload");

        Assert.Equal((1_048_579, UploadState.Receiving, "a cat"), (record.Offset, record.State, record.AltText));
        Assert.Equal(RejectionReason.InternalError, record.Error!.ToRejection().Reason);
    }

    [Fact]
    public void A_sweep_finds_the_state_by_its_name()
    {
        var json = JsonDocument.Parse(RecordJson.Write(Record with { State = UploadState.Processing }));

        Assert.Equal("Processing", json.RootElement.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData(new[] { 1, 2 }, 0, UploadState.Receiving)] // a gap before
    [InlineData(new[] { 0 }, 1, UploadState.Receiving)]
    [InlineData(new[] { 0, 2 }, 1, UploadState.Receiving)]
    [InlineData(new[] { 2, 0, 1 }, 3, UploadState.Finalizing)]
    public void Segments_count_from_the_first_on(int[] atX, int confirmed, UploadState state)
    {
        var next = (Record with { InHand = [1, 2, 3] }).Confirmed(atX.ToHashSet(), "another");

        Assert.Equal((confirmed, state), (next.SegmentsConfirmed, next.State));
        Assert.Equal(confirmed == 0 ? 3 : 0, next.InHand.Length); // it was the beginning of the first
    }

    [Fact]
    public void The_time_that_is_left_follows_from_the_pace()
    {
        var now = Record.CreatedAt.AddSeconds(10);

        var receiving = (Record with { SegmentsConfirmed = 1 }).ToSnapshot(0, new(Record.CreatedAt, 0), null, now);
        var processing = (
            Record with
            {
                State = UploadState.Processing,
                ProcessingPercent = 25,
                ProcessingSince = Record.CreatedAt,
            }
        ).ToSnapshot(0, default, null, now);

        Assert.Equal(18.6, receiving.EstimatedLeft!.Value.TotalSeconds, 0.1);
        Assert.Equal(TimeSpan.FromSeconds(30), processing.EstimatedLeft);
        Assert.Null(Record.ToSnapshot(0, default, null, now).EstimatedLeft);
    }
}
