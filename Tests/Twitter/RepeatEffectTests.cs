using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class RepeatEffectTests
{
    private static readonly EndpointCatalogue Catalogue = new();

    [Theory]
    [InlineData("POST", "/2/tweets", "SecondPost")]
    [InlineData("DELETE", "/2/tweets/1", "None")]
    [InlineData("POST", "/2/users/1/likes", "None")]
    [InlineData("POST", "/2/users/1/retweets", "None")]
    [InlineData("POST", "/2/users/1/following", "None")]
    [InlineData("POST", "/2/users/1/bookmarks", "None")]
    [InlineData("POST", "/2/users/1/bookmarks/folders", "Unknown")]
    [InlineData("POST", "/2/media/upload/initialize", "None")]
    [InlineData("PUT", "/2/lists/1", "None")]
    [InlineData("POST", "/2/dm_conversations/1/messages", "Unknown")]
    [InlineData("POST", "/2/of/tomorrow", "Unknown")]
    public void What_sending_a_write_twice_does(string method, string path, string effect) =>
        Assert.Equal(effect, RepeatEffects.Of(Catalogue.Find(method, path)).ToString());
}
