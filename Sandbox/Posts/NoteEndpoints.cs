namespace OrleansTwitterProxy.Sandbox;

/// <summary>The posts for which Community Notes may be written: all but reposts.</summary>
internal sealed class NoteEndpoints(PostStore posts, PostReplies replies)
{
    public IEnumerable<ApiEndpoint> All => [new("GET", "/2/notes/search/posts_eligible_for_notes", Eligible)];

    private ValueTask<ApiReply> Eligible(ApiCall call)
    {
        call.Query.Required("test_mode");
        var request = PageRequest.Read(call.Query, 1, 100, 10);
        var selection = FieldSelection.Read(call);
        return new(call.Query.Refusal ?? replies.Timeline(posts.Read(null, request, post => post.RepostOf is null), selection));
    }
}
