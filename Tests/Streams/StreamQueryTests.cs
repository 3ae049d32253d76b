using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Tests.Streams;

public sealed class StreamQueryTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("tweet.fields=id,text&expansions=author_id", "expansions=author_id&tweet.fields=id,text")]
    [InlineData("tweet.fields=id%2Ctext", "tweet.fields=id,text")]
    [InlineData("tweet.fields=id&tweet.fields=text,id", "tweet.fields=id,text")]
    [InlineData("backfill_minutes=3&partition=2", "partition=2")]
    [InlineData("start_time=2026-01-01T00%3A00%3A00Z", "start_time=2026-01-01T00%3A00%3A00Z")]
    [InlineData("alone", "alone=")]
    public void A_query_goes_to_X_in_one_form_and_without_what_the_proxy_answers(string query, string sent) =>
        Assert.Equal(sent, StreamQuery.Parse(query).ToString());

    [Fact]
    public void Listeners_share_the_fields_of_all()
    {
        var (merged, _) = StreamQuery
            .Parse("tweet.fields=text&expansions=author_id")
            .Merge(StreamQuery.Parse("user.fields=name&tweet.fields=lang,text"));

        Assert.Equal("expansions=author_id&tweet.fields=text,lang&user.fields=name", merged!.ToString());
    }

    [Theory]
    [InlineData("start_time=a", "start_time=b")]
    [InlineData("start_time=a", "")]
    [InlineData("", "end_time=b")]
    public void What_chooses_the_events_must_be_the_same_for_all(string one, string other)
    {
        var (merged, rejection) = StreamQuery.Parse(one).Merge(StreamQuery.Parse(other));

        Assert.Null(merged);
        Assert.Equal(RejectionReason.StreamInUse, rejection!.Reason);
        Assert.Contains("_time'", rejection.Detail, StringComparison.Ordinal);
    }
}
