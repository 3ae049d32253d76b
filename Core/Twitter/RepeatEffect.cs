namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>What it does to send X the same write a second time.</summary>
internal enum RepeatEffect
{
    /// <summary>Nothing, or nothing that anybody sees: X sets a mark that is set, or makes an upload that is never used.</summary>
    None,

    /// <summary>A second post, unless X notices that it is one.</summary>
    SecondPost,

    /// <summary>A second whatever it is: a message, a list, a folder.</summary>
    Unknown,
}

/// <summary>The effect of repeating, by endpoint.</summary>
internal static class RepeatEffects
{
    public static RepeatEffect Of(Endpoint endpoint) =>
        endpoint switch
        {
            { Method: "PUT" or "DELETE" } => RepeatEffect.None, // RFC 9110 section 9.2.2
            { Key: "POST /2/tweets" } => RepeatEffect.SecondPost,
            // X's OpenAPI 2.167: each answers with the state that holds afterwards (retweeted, liked, following, bookmarked).
            {
                Key: "POST /2/users/{id}/retweets"
                    or "POST /2/users/{id}/likes"
                    or "POST /2/users/{id}/following"
                    or "POST /2/users/{id}/bookmarks"
            } => RepeatEffect.None,
            { Family: "media" } => RepeatEffect.None,
            _ => RepeatEffect.Unknown,
        };
}
