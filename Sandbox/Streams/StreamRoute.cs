namespace OrleansTwitterProxy.Sandbox;

/// <summary>A stream's name, as X's connection endpoints have it, and its path.</summary>
/// <param name="Partitions">Highest value of the required query parameter partition; 0 where X has no partitions.</param>
internal sealed record StreamRoute(string Name, string Path, int Partitions = 0)
{
    public const string Filtered = "filtered_stream";
    public const string Activity = "activity_stream";

    public static IReadOnlyList<StreamRoute> All { get; } =
    [
        new(Filtered, "/2/tweets/search/stream"),
        new("sample_stream", "/2/tweets/sample/stream"),
        new("sample10_stream", "/2/tweets/sample10/stream", 2),
        new("firehose_stream", "/2/tweets/firehose/stream", 20),
        new("firehose_stream_lang_en", "/2/tweets/firehose/stream/lang/en", 8),
        new("firehose_stream_lang_ja", "/2/tweets/firehose/stream/lang/ja", 2),
        new("firehose_stream_lang_ko", "/2/tweets/firehose/stream/lang/ko", 2),
        new("firehose_stream_lang_pt", "/2/tweets/firehose/stream/lang/pt", 2),
        new("tweets_compliance_stream", "/2/tweets/compliance/stream", 4),
        new("tweet_label_stream", "/2/tweets/label/stream"),
        new("users_compliance_stream", "/2/users/compliance/stream", 4),
        new("likes_firehose_stream", "/2/likes/firehose/stream", 20),
        new("likes_sample10_stream", "/2/likes/sample10/stream", 2),
        new("likes_compliance_stream", "/2/likes/compliance/stream"),
        new(Activity, "/2/activity/stream"),
    ];
}
