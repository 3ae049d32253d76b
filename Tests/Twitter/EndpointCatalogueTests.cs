using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class EndpointCatalogueTests
{
    private static readonly EndpointCatalogue Catalogue = new();

    public static TheoryData<string> KnownKeys => [.. KnownEndpoints.All.Select(endpoint => endpoint.Key)];

    [Theory]
    [MemberData(nameof(KnownKeys))]
    public void Every_template_is_found_by_a_path_made_from_it(string key)
    {
        var (method, path) = Split(key);
        var concrete = path.Replace("{username}", "jack", StringComparison.Ordinal);
        concrete = string.Join('/', concrete.Split('/').Select(segment => segment.StartsWith('{') ? "1849" : segment));
        var endpoint = Catalogue.Find(method, concrete);
        Assert.Equal(key, endpoint.Key);
        Assert.Equal(method, endpoint.Method);
        Assert.Same(endpoint, Catalogue.ByKey(key));
        Assert.Null(endpoint.Misspelt);
    }

    [Theory]
    [MemberData(nameof(KnownKeys))]
    public void Every_template_is_found_with_the_accounts_placeholder_and_with_a_trailing_slash(string key)
    {
        var (method, path) = Split(key);
        var concrete = string.Join(
            '/',
            path.Split('/').Select(segment => segment.StartsWith('{') ? ForwardRequest.AccountPlaceholder : segment)
        );
        Assert.Equal(key, Catalogue.Find(method, concrete).Key);
        Assert.Equal(key, Catalogue.Find(method, concrete + "/").Key);
    }

    [Theory]
    [InlineData("GET", "/2/users/me", "GET /2/users/me")]
    [InlineData("GET", "/2/users/by", "GET /2/users/by")]
    [InlineData("GET", "/2/users/1", "GET /2/users/{id}")]
    [InlineData("GET", "/2/users/by/username/2024", "GET /2/users/by/username/{username}")]
    [InlineData("GET", "/2/users/by/username/folders", "GET /2/users/by/username/{username}")]
    [InlineData("POST", "/2/media/upload/initialize", "POST /2/media/upload/initialize")]
    public void A_literal_segment_wins_over_a_parameter(string method, string path, string key) =>
        Assert.Equal(key, Catalogue.Find(method, path).Key);

    [Theory]
    [InlineData("GET", "/2/users/favourites")]
    [InlineData("GET", "/2/users/of_tomorrow")]
    [InlineData("GET", "/2/tweets/drafts")]
    [InlineData("DELETE", "/2/tweets/all")]
    public void An_endpoint_the_table_does_not_list_is_not_taken_for_an_id(string method, string path)
    {
        var endpoint = Catalogue.Find(method, path);
        Assert.Equal($"{method} {path}", endpoint.Key);
        Assert.Empty(endpoint.FirstGuess);
    }

    [Theory]
    [InlineData("HEAD", "/2/lists/1234567890/members", "HEAD /2/lists/{id}/members", "lists")]
    [InlineData("PATCH", "/2/lists/12/members/34/", "PATCH /2/lists/{id}/members/{id}", "lists")]
    [InlineData("GET", "/2/spaces/1DXxyRYNejbKM/guests", "GET /2/spaces/{id}/guests", "spaces")]
    [InlineData("GET", "/2/dm_conversations/123-456", "GET /2/dm_conversations/{id}", "dm_conversations")]
    [InlineData("DELETE", "/2/media/3_1146654567674912769", "DELETE /2/media/{id}", "media")]
    [InlineData("GET", "/2/groups/g1984572349857234", "GET /2/groups/{id}", "other")]
    [InlineData("GET", "/2/usage/credits", "GET /2/usage/credits", "other")]
    [InlineData("GET", "/2/notes/99", "GET /2/notes/{id}", "other")]
    [InlineData("PUT", "/2/tweets/99/shown", "PUT /2/tweets/{id}/shown", "tweets")]
    [InlineData("GET", "/2/brand/new", "GET /2/brand/new", "other")]
    [InlineData("PATCH", "/2/tweets", "PATCH /2/tweets", "tweets")]
    public void An_unknown_path_has_a_key_of_its_own_with_ids_collapsed(string method, string path, string key, string family)
    {
        var endpoint = Catalogue.Find(method, path);
        Assert.Equal((key, family, method), (endpoint.Key, endpoint.Family, endpoint.Method));
        Assert.Null(endpoint.NotForwarded);
        var again = Catalogue.ByKey(key);
        Assert.Equal((key, family, method, 0, 0), (again.Key, again.Family, again.Method, again.Scopes.Count, again.FirstGuess.Count));
    }

    /// <summary>Records, and processes of an earlier version, have the keys of endpoints that were unknown then.</summary>
    [Theory]
    [InlineData("DELETE /2/lists/{id}/members/{id}", "DELETE /2/lists/{id}/members/{user_id}")]
    [InlineData("GET /2/dm_conversations/with/{id}/dm_events", "GET /2/dm_conversations/with/{participant_id}/dm_events")]
    [InlineData("GET /2/media/{id}", "GET /2/media/{media_key}")]
    public void The_key_of_an_endpoint_that_was_unknown_before_is_that_of_the_table(string before, string key) =>
        Assert.Equal(key, Catalogue.ByKey(before).Key);

    [Theory]
    [InlineData("GET", "/2/users/1/owned_lists", "users")]
    [InlineData("POST", "/2/users/1/muting", "users")]
    [InlineData("POST", "/2/users/1/dm/block", "users")]
    [InlineData("GET", "/2/users/personalized_trends", "users")]
    [InlineData("GET", "/2/users/search", "users")]
    [InlineData("GET", "/2/tweets/1/liking_users", "tweets")]
    [InlineData("PUT", "/2/tweets/1/hidden", "tweets")]
    [InlineData("GET", "/2/tweets/counts/recent", "tweets")]
    [InlineData("GET", "/2/lists/1/tweets", "lists")]
    [InlineData("GET", "/2/media/analytics", "media")]
    [InlineData("GET", "/2/users/1/bookmarks/folders/2", "bookmarks")]
    [InlineData("POST", "/2/dm_conversations/with/1/messages", "dm_conversations")]
    [InlineData("GET", "/2/dm_events/1", "dm_events")]
    [InlineData("POST", "/2/articles/draft", "other")]
    public void An_endpoint_keeps_the_family_that_it_had_before_the_table_had_it(string method, string path, string family)
    {
        var endpoint = Catalogue.Find(method, path);
        Assert.Equal((family, null), (endpoint.Family, endpoint.NotForwarded));
        Assert.NotNull(endpoint.OperationId);
    }

    [Theory]
    [InlineData("POST", "/2/oauth2/token")]
    [InlineData("POST", "/2/oauth2/revoke")]
    [InlineData("POST", "/2/oauth2/token/")]
    [InlineData("GET", "/2/oauth2/authorize")]
    [InlineData("POST", "/2//oauth2/token")]
    [InlineData("HEAD", "/2/tweets/search/stream")]
    [InlineData("GET", "/2/tweets/of_tomorrow/stream")]
    public void Some_paths_are_the_proxys_own_or_would_be_streams_that_X_does_not_have(string method, string path)
    {
        var endpoint = Catalogue.Find(method, path);
        Assert.NotNull(endpoint.NotForwarded);
        Assert.Equal(endpoint.NotForwarded, Catalogue.ByKey(endpoint.Key).NotForwarded);
    }

    [Theory]
    [InlineData("GET", "/2/")]
    [InlineData("GET", "/2")]
    [InlineData("GET", "/")]
    [InlineData("GET", "")]
    [InlineData("GET", "/2/users//tweets")]
    [InlineData("GET", "/2/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z")]
    [InlineData("BREW", "/2/tweets")]
    public void Odd_paths_are_unknown_and_do_no_harm(string method, string path)
    {
        var endpoint = Catalogue.Find(method, path);
        Assert.Empty(endpoint.Scopes);
        Assert.Equal(endpoint.Key, Catalogue.ByKey(endpoint.Key).Key);
    }

    [Theory]
    [InlineData("HEAD", "/2/users/1/liked_tweets", "likes")]
    [InlineData("GET", "/2/users/1/likes", "likes")]
    [InlineData("PUT", "/2/users/me/likes", "likes")]
    [InlineData("GET", "/2/users/1/likes/2/3", "likes")]
    [InlineData("PUT", "/2/users/1/bookmarks/folders/2", "bookmarks")]
    [InlineData("GET", "/2/users/1/wanted_lists", "users")]
    [InlineData("GET", "/2/tweets/search/some", "tweets")]
    [InlineData("GET", "/2/media/upload/1", "media")]
    [InlineData("HEAD", "/2/chat/conversations", "chat")]
    public void An_unknown_call_has_the_family_of_the_known_path_it_begins_with(string method, string path, string family)
    {
        var endpoint = Catalogue.Find(method, path);
        Assert.Equal((family, family, null), (endpoint.Family, Catalogue.ByKey(endpoint.Key).Family, endpoint.Misspelt));
    }

    [Theory]
    [InlineData("/2/users/1/LIKES", "likes")]
    [InlineData("/2/users/1/likes.json", "likes")]
    [InlineData("/2/users/1/~likes", "likes")]
    [InlineData("/2/USERS/me", "users")]
    [InlineData("/2/users/By/username/Likes", "by")]
    [InlineData("/2/Spaces/1", "spaces")]
    [InlineData("/2/OAUTH2/token", "oauth2")]
    [InlineData("/2/Broadcasts", "broadcasts")]
    [InlineData("/2/openapi.JSON", "openapi.json")]
    [InlineData("/2/tweets/1/Hidden", "hidden")]
    public void A_word_of_Xs_in_another_spelling_is_found_out(string path, string word)
    {
        Assert.EndsWith($"Write '{word}'.", Catalogue.Find("POST", path).Misspelt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/2/users/by/username/Likes")] // a name may be like a word
    [InlineData("/2/spaces/1DXxyRYNejbKM")]
    [InlineData("/2/Weather/Latest")] // no word that anything depends on
    public void Capitals_elsewhere_are_Xs_business(string path) => Assert.Null(Catalogue.Find("GET", path).Misspelt);

    [Fact]
    public void Unknown_paths_share_their_windows_whatever_their_case() =>
        Assert.Equal(Catalogue.Find("GET", "/2/Weather/Latest").Key, Catalogue.Find("GET", "/2/weather/latest").Key);

    [Theory]
    [InlineData("GET", "/2/tweets", true)]
    [InlineData("HEAD", "/2/tweets", true)]
    [InlineData("POST", "/2/tweets", false)]
    [InlineData("DELETE", "/2/tweets/1", false)]
    [InlineData("PUT", "/2/new", false)]
    public void Safe_methods_are_known(string method, string path, bool safe) => Assert.Equal(safe, Catalogue.Find(method, path).IsSafe);

    private static (string Method, string Path) Split(string key) =>
        key.Split(' ', 2) is [var method, var path] ? (method, path) : throw new ArgumentException(key);
}
