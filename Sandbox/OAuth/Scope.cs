using System.Collections.Frozen;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's scopes, with their texts on the consent page.</summary>
internal static class Scope
{
    public const string OfflineAccess = "offline.access";

    public static FrozenDictionary<string, string> Meanings { get; } =
        new Dictionary<string, string>
        {
            ["tweet.read"] = "See posts you can see",
            ["tweet.write"] = "Post and repost for you",
            ["tweet.moderate.write"] = "Hide and unhide replies to your posts",
            ["users.read"] = "See accounts you can see",
            ["users.email"] = "See your email address",
            ["follows.read"] = "See who you follow and who follows you",
            ["follows.write"] = "Follow and unfollow for you",
            [OfflineAccess] = "Stay connected until you revoke access",
            ["space.read"] = "See spaces you can see",
            ["mute.read"] = "See accounts you muted",
            ["mute.write"] = "Mute and unmute for you",
            ["like.read"] = "See posts you liked",
            ["like.write"] = "Like and unlike for you",
            ["list.read"] = "See your lists",
            ["list.write"] = "Create and manage your lists",
            ["block.read"] = "See accounts you blocked",
            ["block.write"] = "Block and unblock for you",
            ["bookmark.read"] = "See your bookmarks",
            ["bookmark.write"] = "Bookmark and remove bookmarks for you",
            ["dm.read"] = "Read your direct messages",
            ["dm.write"] = "Send direct messages for you",
            ["media.write"] = "Upload media for you",
            ["broadcast.read"] = "See your broadcasts",
            ["broadcast.write"] = "Manage your broadcasts",
            ["timeline.read"] = "See your timelines",
        }.ToFrozenDictionary();
}
