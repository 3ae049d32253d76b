namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>What happens if the same write is sent to X a second time.</summary>
internal enum RepeatEffect
{
    /// <summary>Nothing visible: X sets a mark that is already set, or creates an upload that is never used.</summary>
    None,

    /// <summary>A second post, unless X recognises it as a duplicate.</summary>
    SecondPost,

    /// <summary>A second object of another kind: a message, a list, a folder.</summary>
    Unknown,
}

/// <summary>The effect of a repetition, by endpoint.</summary>
internal static class RepeatEffects
{
    public static RepeatEffect Of(Endpoint endpoint) =>
        endpoint switch
        {
            { Method: "PUT" or "DELETE" } => RepeatEffect.None, // RFC 9110 section 9.2.2
            { Key: "POST /2/tweets" } => RepeatEffect.SecondPost,
            // X's OpenAPI 2.167: each response has the resulting state (retweeted, liked, following, bookmarked).
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
