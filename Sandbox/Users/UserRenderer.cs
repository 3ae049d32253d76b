using System.Globalization;
using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>A user as X shows it: always id, name and username; other fields on request.</summary>
internal static class UserRenderer
{
    public const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    public static JsonObject Render(User user, IReadOnlySet<string> fields)
    {
        var json = new JsonObject
        {
            ["id"] = user.Id,
            ["name"] = user.Name,
            ["username"] = user.Username,
        };
        foreach (var field in fields)
        {
            if (Field(user, field) is { } value)
                json[field] = value;
        }
        return json;
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static JsonNode? Field(User user, string field) =>
        field switch
        {
            "created_at" => Time(user.CreatedAt),
            "description" => $"{user.Name} lives in the sandbox.",
            "location" => "Sandbox",
            "profile_image_url" => "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png",
            "url" => "",
            "protected" or "verified" => false,
            "verified_type" => "none",
            "public_metrics" => new JsonObject
            {
                ["followers_count"] = user.Followers,
                ["following_count"] = user.Following,
                ["tweet_count"] = user.Posts,
                ["listed_count"] = 0,
                ["like_count"] = 0,
                ["media_count"] = 0,
            },
            _ => null,
        };
}
