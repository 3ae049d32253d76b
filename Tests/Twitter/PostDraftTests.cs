using System.Text;
using System.Text.Json;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

/// <summary>From what was sent to POST /2/tweets to what X shows of it. The right-hand sides are X's own forms (X's OpenAPI).</summary>
public sealed class PostDraftTests
{
    [Theory]
    [InlineData("""{"text":"hello"}""", """{"text":"hello"}""")]
    [InlineData("""{"text":"  hello \r\nworld "}""", """{"text":"hello \nworld"}""")]
    [InlineData("""{"text":"a & b < c"}""", """{"text":"a &amp; b &lt; c"}""")]
    [InlineData("""{"text":"&copy;"}""", """{"text":"&amp;copy;"}""")]
    [InlineData(
        """{"text":"see https://example.com/x now"}""",
        """{"text":"see https://t.co/Ab1 now","entities":{"urls":[{"url":"https://t.co/Ab1","expanded_url":"https://example.com/x"}]}}"""
    )]
    [InlineData(
        """{"text":"see example.com/, and b.org"}""",
        """{"text":"see https://t.co/Ab1, and https://t.co/Ab2","entities":{"urls":[{"url":"https://t.co/Ab1","expanded_url":"http://example.com/"},{"url":"https://t.co/Ab2","expanded_url":"http://b.org"}]}}"""
    )]
    [InlineData(
        """{"text":"photo","media":{"media_ids":["12","34"]}}""",
        """{"text":"photo https://t.co/Ab1","attachments":{"media_keys":["3_34","3_12"]}}"""
    )]
    [InlineData("""{"media":{"media_ids":["12"]}}""", """{"text":"https://t.co/Ab1","attachments":{"media_keys":["7_12"]}}""")]
    [InlineData(
        """{"text":"so true","quote_tweet_id":"7"}""",
        """{"text":"so true https://t.co/Ab1","referenced_tweets":[{"type":"quoted","id":"7"}]}"""
    )]
    [InlineData(
        """{"text":"yes","reply":{"in_reply_to_tweet_id":"7"}}""",
        """{"text":"yes","referenced_tweets":[{"type":"replied_to","id":"7"}]}"""
    )]
    [InlineData(
        """{"text":"yes","reply":{"in_reply_to_tweet_id":"7"}}""",
        """{"text":"@bob @carol yes","referenced_tweets":[{"type":"replied_to","id":"7"}]}"""
    )]
    [InlineData(
        """{"text":"a long one","reply_settings":"following"}""",
        """{"text":"a lo\u2026 https://t.co/Ab1","note_tweet":{"text":"a long one"}}"""
    )]
    [InlineData(
        """{"text":"which?","poll":{"options":["a","b"],"duration_minutes":5}}""",
        """{"text":"which?","attachments":{"poll_ids":["9"]}}"""
    )]
    public void A_post_is_known_again(string sent, string shown) => Assert.True(Draft(sent).IsShownAs(Post(shown)));

    [Theory]
    [InlineData("""{"text":"hello"}""", """{"text":"Hello"}""")]
    [InlineData("""{"text":"hello"}""", """{"text":"hello https://t.co/Ab1"}""")]
    [InlineData("""{"text":"hello"}""", """{"text":"hello","referenced_tweets":[{"type":"replied_to","id":"7"}]}""")]
    [InlineData("""{"text":"RT @bob: hello"}""", """{"text":"RT @bob: hello","referenced_tweets":[{"type":"retweeted","id":"7"}]}""")]
    [InlineData(
        """{"text":"yes","reply":{"in_reply_to_tweet_id":"7"}}""",
        """{"text":"yes","referenced_tweets":[{"type":"replied_to","id":"8"}]}"""
    )]
    [InlineData(
        """{"text":"see https://example.com/x"}""",
        """{"text":"see https://t.co/Ab1","entities":{"urls":[{"url":"https://t.co/Ab1","expanded_url":"https://example.com/y"}]}}"""
    )]
    [InlineData("""{"text":"see https://example.com/x"}""", """{"text":"see https://t.co/Ab1"}""")]
    [InlineData(
        """{"text":"photo","media":{"media_ids":["12"]}}""",
        """{"text":"photo https://t.co/Ab1","attachments":{"media_keys":["3_34"]}}"""
    )]
    [InlineData("""{"text":"which?","poll":{"options":["a","b"],"duration_minutes":5}}""", """{"text":"which?"}""")]
    public void Another_post_is_not(string sent, string shown) => Assert.False(Draft(sent).IsShownAs(Post(shown)));

    [Theory]
    [InlineData("""{"text":"hello"}""", true)]
    [InlineData("""{"text":"hello","reply":{"in_reply_to_tweet_id":"7"},"reply_settings":"following"}""", true)]
    [InlineData("""{"text":" "}""", false)]
    [InlineData("""{"media":{"media_ids":["12"]}}""", false)]
    [InlineData("""{"text":"hello","media":{"media_ids":["12"]}}""", false)]
    [InlineData("""{"text":"hello","quote_tweet_id":"7"}""", false)]
    [InlineData("""{"text":"hello","poll":{}}""", false)]
    [InlineData("""{"text":"hello","community_id":"7"}""", false)]
    [InlineData("""{"text":"hello","of_tomorrow":true}""", false)]
    public void Only_a_text_is_trusted_to_be_refused_a_second_time(string sent, bool plain) => Assert.Equal(plain, Draft(sent).IsPlain);

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"text":1}""")]
    [InlineData("""{"reply":"7"}""")]
    [InlineData("""{"media":{"media_ids":7}}""")]
    public void What_X_would_not_read_is_no_draft(string sent) => Assert.Null(PostDraft.TryParse(Encoding.UTF8.GetBytes(sent)));

    private static PostDraft Draft(string json) => PostDraft.TryParse(Encoding.UTF8.GetBytes(json))!;

    private static JsonElement Post(string json) => JsonElement.Parse(json);
}
