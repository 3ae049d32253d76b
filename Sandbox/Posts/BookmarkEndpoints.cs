using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Bookmarks and their folders, only those of the authenticated user.</summary>
internal sealed class BookmarkEndpoints(PostStore posts, BookmarkStore bookmarks, PostReplies replies)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/users/{id}/bookmarks", call => List(call, null)),
            new("POST", "/2/users/{id}/bookmarks", AddAsync),
            new("DELETE", "/2/users/{id}/bookmarks/{tweet_id}", Remove),
            new("GET", "/2/users/{id}/bookmarks/folders", Folders),
            new("POST", "/2/users/{id}/bookmarks/folders", AddFolderAsync),
            new("GET", "/2/users/{id}/bookmarks/folders/{folder_id}", call => List(call, call.Route("folder_id"))),
        ];

    private ValueTask<ApiReply> List(ApiCall call, string? folderId)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return new(notOwn);
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var selection = FieldSelection.Read(call);
        return new(call.Query.Refusal ?? replies.Timeline(bookmarks.Read(call.User, request, folderId), selection));
    }

    private async ValueTask<ApiReply> AddAsync(ApiCall call)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return notOwn;
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("tweet_id", "folder_id");
        var post = posts.Find(body.RequiredId("tweet_id"));
        var folderId = body.Text("folder_id");
        if (post is null)
            body.Fail("tweet_id", "", "the post does not exist");
        if (folderId is not null && bookmarks.Folders(call.User).All(folder => folder.Id != folderId))
            body.Fail("folder_id", folderId, "the folder does not exist");
        if (body.Refusal is { } invalid)
            return invalid;
        bookmarks.Add(call.User, post!, folderId);
        return Answer(true);
    }

    private ValueTask<ApiReply> Remove(ApiCall call)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return new(notOwn);
        var id = call.Query.Id("tweet_id", call.Route("tweet_id"));
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (posts.Find(id) is { } post)
            bookmarks.Remove(call.User, post);
        return new(Answer(false));
    }

    private ValueTask<ApiReply> Folders(ApiCall call)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return new(notOwn);
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        var page = Page<BookmarkFolder>.Take(bookmarks.Folders(call.User).Reverse(), folder => folder.Key, request);
        return new(
            ApiReply.Ok(new JsonObject { ["data"] = new JsonArray([.. page.Items.Select(Render)]), ["meta"] = PostReplies.Meta(page) })
        );
    }

    private async ValueTask<ApiReply> AddFolderAsync(ApiCall call)
    {
        if (PathUser.Refuse(call) is { } notOwn)
            return notOwn;
        if (await JsonBody.ReadAsync(call) is not { } body)
            return ApiErrors.NotJson;
        body.Allow("name");
        var name = body.RequiredText("name");
        return body.Refusal ?? ApiReply.Data(Render(bookmarks.AddFolder(call.User, name)), 201);
    }

    private static JsonObject Render(BookmarkFolder folder) => new() { ["id"] = folder.Id, ["name"] = folder.Name };

    private static ApiReply Answer(bool value) => ApiReply.Data(new JsonObject { ["bookmarked"] = value });
}
