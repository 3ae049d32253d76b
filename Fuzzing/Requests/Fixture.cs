namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>Live values that requests are made with, so that they get past the first check.</summary>
public sealed record Fixture
{
    /// <summary>Scheme, host and port of the proxy.</summary>
    public required Uri Proxy { get; init; }

    /// <summary>One of the API key's client.</summary>
    public required Uri ReturnUrl { get; init; }

    public required string ApiKey { get; init; }

    public required string AdminKey { get; init; }

    public required string SessionToken { get; init; }

    /// <summary>The account of <see cref="SessionToken"/>, its tweet and its unfinished upload.</summary>
    public required string AccountId { get; init; }

    public required string TweetId { get; init; }

    public required string UploadId { get; init; }

    /// <summary>A sign-in that waits for its user.</summary>
    public required string State { get; init; }

    /// <summary>A code that has not been exchanged.</summary>
    public required string Handoff { get; init; }

    /// <summary>Another user, whom nothing here may reach.</summary>
    public required Bystander Other { get; init; }

    /// <summary>What a field or a parameter of this name is expected to hold; null for a name without a known value.</summary>
    public string? ValueOf(string name, bool operators = false) =>
        name switch
        {
            "state" => State,
            "handoff" => Handoff,
            "code" => "sandbox-code-0",
            "error" => "access_denied",
            "return_url" => ReturnUrl.AbsoluteUri,
            "family" => "bookmarks",
            "method" => "POST",
            "path" => "/2/tweets",
            "text" => "Hello",
            "all" => "false",
            "max_results" => "10",
            "query" => "hello",
            "upload_id" => UploadId,
            "tweet_id" or "target_tweet_id" => TweetId,
            _ when name.Contains("account", StringComparison.OrdinalIgnoreCase) => AccountId,
            "id" when operators => AccountId,
            "user_id" => AccountId,
            _ => null,
        };
}

/// <summary>A user whom the made-up requests must not reach: neither secrets nor state.</summary>
public sealed record Bystander(string SessionToken, string AccountId, string TweetId, string UploadId);
