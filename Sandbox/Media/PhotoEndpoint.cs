namespace OrleansTwitterProxy.Sandbox;

/// <summary>Shows photos, in place of X's pbs.twimg.com. Not an operation of the API: it is not counted, and takes no token.</summary>
internal static class PhotoEndpoint
{
    public const string Root = "/media";

    public static void Map(IEndpointRouteBuilder app, MediaStore store) =>
        app.MapGet($"{Root}/{{id}}", (string id, HttpContext http) => ShowAsync(http, store.Find(id)));

    private static async Task ShowAsync(HttpContext http, UploadedMedia? media)
    {
        if (media?.Photo is not { Count: > 0 } files)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        http.Response.ContentType = media.MediaType;
        http.Response.ContentLength = media.TotalBytes;
        foreach (var file in files)
            await http.Response.SendFileAsync(file.Path);
    }
}
