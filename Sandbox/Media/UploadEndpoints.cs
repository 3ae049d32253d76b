namespace OrleansTwitterProxy.Sandbox;

/// <summary>The upload routes: one-shot, the newer paths, and the older command= form, which has the same path as one-shot.</summary>
internal sealed class UploadEndpoints(MediaUploads uploads, MediaSpool spool)
{
    private const string OneShotPath = "/2/media/upload";
    private const string InitializePath = "/2/media/upload/initialize";
    private const string AppendPath = "/2/media/upload/{id}/append";
    private const string FinalizePath = "/2/media/upload/{id}/finalize";

    public IEnumerable<ApiEndpoint> All =>
        [
            new("POST", OneShotPath, OneShotOrCommandAsync) { WindowsOfAsync = WindowsOfAsync },
            new("GET", OneShotPath, Status),
            new("POST", InitializePath, InitializeAsync),
            new("POST", AppendPath, AppendAsync),
            new("POST", FinalizePath, FinalizeAsync),
        ];

    /// <summary>Commands count in the windows of the newer paths, the only ones with published limits.</summary>
    private async ValueTask<string> WindowsOfAsync(ApiCall call)
    {
        var form = await MediaForm.ReadAsync(call, spool);
        return form["command"]?.ToUpperInvariant() switch
        {
            "INIT" => $"POST {InitializePath}",
            "APPEND" => $"POST {AppendPath}",
            "FINALIZE" => $"POST {FinalizePath}",
            _ => $"POST {OneShotPath}",
        };
    }

    private async ValueTask<ApiReply> OneShotOrCommandAsync(ApiCall call)
    {
        var form = await MediaForm.ReadAsync(call, spool);
        var id = form["media_id"] ?? "";
        return form["command"]?.ToUpperInvariant() switch
        {
            null => await uploads.OneShotAsync(call.User, form),
            "INIT" => uploads.Initialize(call.User, form, 202),
            "APPEND" => uploads.Append(call.User, id, form, answersEmpty: true),
            "FINALIZE" => await uploads.FinalizeAsync(call.User, id),
            var other => MediaUploads.Invalid("command", other, "is not one of [INIT, APPEND, FINALIZE]"),
        };
    }

    private ValueTask<ApiReply> Status(ApiCall call)
    {
        if (call.Query.Text("command") is { } command && command != "STATUS")
            return new(MediaUploads.Invalid("command", command, "is not one of [STATUS]"));
        var id = call.Query.Required("media_id");
        return new(call.Query.Refusal ?? uploads.Status(call.User, id));
    }

    private async ValueTask<ApiReply> InitializeAsync(ApiCall call) =>
        uploads.Initialize(call.User, await MediaForm.ReadAsync(call, spool), 200);

    private async ValueTask<ApiReply> AppendAsync(ApiCall call) =>
        uploads.Append(call.User, call.Route("id"), await MediaForm.ReadAsync(call, spool), answersEmpty: false);

    private ValueTask<ApiReply> FinalizeAsync(ApiCall call) => uploads.FinalizeAsync(call.User, call.Route("id"));
}
