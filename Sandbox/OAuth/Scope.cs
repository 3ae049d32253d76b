using System.Collections.Frozen;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's scopes, with their texts on the consent page.</summary>
internal static class Scope
{
    public const string TweetRead = "tweet.read";
    public const string TweetWrite = "tweet.write";
    public const string UsersRead = "users.read";
    public const string FollowsRead = "follows.read";
    public const string FollowsWrite = "follows.write";
    public const string OfflineAccess = "offline.access";
    public const string LikeWrite = "like.write";
    public const string BookmarkRead = "bookmark.read";
    public const string BookmarkWrite = "bookmark.write";
    public const string MediaWrite = "media.write";

    public static FrozenDictionary<string, string> Meanings { get; } =
        new Dictionary<string, string>
        {
            [TweetRead] = "See posts you can see",
            [TweetWrite] = "Post and repost for you",
            ["tweet.moderate.write"] = "Hide and unhide replies to your posts",
            [UsersRead] = "See accounts you can see",
            ["users.email"] = "See your email address",
            [FollowsRead] = "See who you follow and who follows you",
            [FollowsWrite] = "Follow and unfollow for you",
            [OfflineAccess] = "Stay connected until you revoke access",
            ["space.read"] = "See spaces you can see",
            ["mute.read"] = "See accounts you muted",
            ["mute.write"] = "Mute and unmute for you",
            ["like.read"] = "See posts you liked",
            [LikeWrite] = "Like and unlike for you",
            ["list.read"] = "See your lists",
            ["list.write"] = "Create and manage your lists",
            ["block.read"] = "See accounts you blocked",
            ["block.write"] = "Block and unblock for you",
            [BookmarkRead] = "See your bookmarks",
            [BookmarkWrite] = "Bookmark and remove bookmarks for you",
            ["dm.read"] = "Read your direct messages",
            ["dm.write"] = "Send direct messages for you",
            [MediaWrite] = "Upload media for you",
            ["broadcast.read"] = "See your broadcasts",
            ["broadcast.write"] = "Manage your broadcasts",
            ["timeline.read"] = "See your timelines",
        }.ToFrozenDictionary();
}
