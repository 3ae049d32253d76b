using System.Collections.Frozen;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The fields and expansions that a read requests; unknown names are a 400.</summary>
internal sealed record FieldSelection(
    IReadOnlySet<string> Post,
    IReadOnlySet<string> User,
    IReadOnlySet<string> Media,
    IReadOnlySet<string> Poll,
    IReadOnlySet<string> List,
    IReadOnlySet<string> Message,
    IReadOnlySet<string> Space,
    IReadOnlySet<string> Expansions
)
{
    private static readonly FrozenSet<string> PostFields = Set(
        "article attachments author_id card_uri community_id context_annotations conversation_id created_at display_text_range "
            + "edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang media_metadata non_public_metrics note_tweet "
            + "organic_metrics possibly_sensitive promoted_metrics public_metrics referenced_tweets reply_settings scopes source "
            + "suggested_source_links text withheld"
    );

    private static readonly FrozenSet<string> UserFields = Set(
        "affiliation confirmed_email connection_status created_at description entities id is_identity_verified location "
            + "most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url protected public_metrics "
            + "receives_your_dm subscription subscription_type url username verified verified_followers_count verified_type withheld"
    );

    private static readonly FrozenSet<string> MediaFields = Set(
        "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics public_metrics "
            + "type url variants width"
    );

    private static readonly FrozenSet<string> PollFields = Set("duration_minutes end_datetime id options voting_status");
    private static readonly FrozenSet<string> PlaceFields = Set("contained_within country country_code full_name geo id name place_type");

    private static readonly FrozenSet<string> ListFields = Set(
        "created_at description follower_count id member_count name owner_id private"
    );

    private static readonly FrozenSet<string> MessageFields = Set(
        "attachments created_at dm_conversation_id entities event_type id participant_ids referenced_tweets sender_id text"
    );

    private static readonly FrozenSet<string> SpaceFields = Set(
        "created_at creator_id ended_at host_ids id invited_user_ids is_ticketed lang participant_count scheduled_start speaker_ids "
            + "started_at state subscriber_count title topic_ids updated_at"
    );

    private static readonly FrozenSet<string> AllExpansions = Set(
        "affiliation.user_id article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet "
            + "attachments.poll_ids author_id author_screen_name creator_id edit_history_tweet_ids entities.mentions.username "
            + "entities.note.mentions.username geo.place_id host_ids in_reply_to_user_id invited_user_ids most_recent_tweet_id owner_id participant_ids "
            + "pinned_tweet_id referenced_tweets.id sender_id speaker_ids topic_ids "
            + "referenced_tweets.id.attachments.media_keys referenced_tweets.id.author_id"
    );

    private static readonly FrozenSet<string> None = [];

    public static FieldSelection Default { get; } = new(None, None, None, None, None, None, None, None);

    public static FieldSelection Read(ApiCall call)
    {
        if (call.Request.Query.Count == 0)
            return Default;
        call.Query.Names("place.fields", PlaceFields);
        return new FieldSelection(
            call.Query.Names("tweet.fields", PostFields),
            call.Query.Names("user.fields", UserFields),
            call.Query.Names("media.fields", MediaFields),
            call.Query.Names("poll.fields", PollFields),
            call.Query.Names("list.fields", ListFields),
            call.Query.Names("dm_event.fields", MessageFields),
            call.Query.Names("space.fields", SpaceFields),
            call.Query.Names("expansions", AllExpansions)
        );
    }

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet();
}
