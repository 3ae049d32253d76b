using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Lookup and search of spaces, their posts and the buyers of their tickets.</summary>
internal sealed class SpaceEndpoints(UserStore users, PostStore posts, PostReplies postReplies, TimeProvider clock)
{
    private readonly IReadOnlyList<Space> _spaces = Seed(users, posts, clock.GetUtcNow());

    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/2/spaces", ByIds),
            new("GET", "/2/spaces/by/creator_ids", ByCreators),
            new("GET", "/2/spaces/search", Search),
            new("GET", "/2/spaces/{id}", ById),
            new("GET", "/2/spaces/{id}/buyers", Buyers),
            new("GET", "/2/spaces/{id}/tweets", Posts),
        ];

    private ValueTask<ApiReply> ByIds(ApiCall call)
    {
        var wanted = call.Query.Many("ids").Select(id => (Id: id, Space: Find(id))).ToList();
        var missing = wanted.Where(entry => entry.Space is null).Select(entry => ApiErrors.NotFound("space", "ids", entry.Id));
        return new(Many(call, wanted.Select(entry => entry.Space).OfType<Space>(), [.. missing]));
    }

    private ValueTask<ApiReply> ByCreators(ApiCall call)
    {
        var creators = call.Query.Many("user_ids").ToHashSet();
        return new(Many(call, _spaces.Where(space => creators.Contains(space.Creator.Id) && space.State != "ended"), null));
    }

    private ValueTask<ApiReply> Search(ApiCall call)
    {
        var query = call.Query.Required("query");
        var state = call.Query.Text("state") ?? "all";
        if (state is not ("all" or "live" or "scheduled"))
            call.Query.Fail("state", state, $"The `state` query parameter value [{state}] is not one of [all,live,scheduled]");
        call.Query.Int("max_results", 1, 100, 100);
        var found = _spaces.Where(space =>
            space.Title.Contains(query, StringComparison.OrdinalIgnoreCase)
            && (state == "all" ? space.State != "ended" : space.State == state)
        );
        return new(Many(call, found, null));
    }

    private ValueTask<ApiReply> ById(ApiCall call)
    {
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        return new(
            Find(call.Route("id")) is { } space
                ? ApiReply.Ok(With(new JsonObject { ["data"] = space.Render(selection.Space) }, [space], selection))
                : Missing(call)
        );
    }

    /// <summary>Only for the creator of the space.</summary>
    private ValueTask<ApiReply> Buyers(ApiCall call)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (Find(call.Route("id")) is not { } space)
            return new(Missing(call));
        return new(
            space.Creator == call.User
                ? UserReplies.List(Page<User>.Take(space.Buyers.OrderByDescending(user => user.Key), user => user.Key, request), selection)
                : ApiErrors.NotAuthorizedForResource("You are not the creator of this Space.")
        );
    }

    private ValueTask<ApiReply> Posts(ApiCall call)
    {
        var request = PageRequest.Read(call.Query, 1, 100, 100);
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return new(invalid);
        if (Find(call.Route("id")) is not { } space)
            return new(Missing(call));
        var shared = posts.All(post => post.Text.Contains(space.Link, StringComparison.Ordinal)).Append(space.Announcement);
        return new(postReplies.Timeline(Page<Post>.Take(shared, post => post.Key, request), selection));
    }

    private Space? Find(string id) => _spaces.FirstOrDefault(space => space.Id == id);

    private static ApiReply Missing(ApiCall call) => UserReplies.Missing([ApiErrors.NotFound("space", "id", call.Route("id"))]);

    private static ApiReply Many(ApiCall call, IEnumerable<Space> found, IReadOnlyList<JsonObject>? missing)
    {
        var selection = FieldSelection.Read(call);
        if (call.Query.Refusal is { } invalid)
            return invalid;
        var spaces = found.ToList();
        var body = new JsonObject();
        if (spaces.Count > 0)
            body["data"] = new JsonArray([.. spaces.Select(space => space.Render(selection.Space))]);
        if (missing is { Count: > 0 })
            body["errors"] = new JsonArray([.. missing]);
        With(body, spaces, selection);
        body["meta"] = new JsonObject { ["result_count"] = spaces.Count };
        return ApiReply.Ok(body);
    }

    private static JsonObject With(JsonObject body, IReadOnlyList<Space> spaces, FieldSelection selection)
    {
        var expanded = new List<User>();
        if (selection.Expansions.Contains("creator_id") || selection.Expansions.Contains("host_ids"))
            expanded.AddRange(spaces.Select(space => space.Creator));
        if (selection.Expansions.Contains("speaker_ids"))
            expanded.AddRange(spaces.SelectMany(space => space.Speakers));
        if (expanded.Count > 0)
            body["includes"] = UserReplies.Includes(expanded, selection);
        return body;
    }

    private static List<Space> Seed(UserStore users, PostStore posts, DateTimeOffset now)
    {
        var (alice, bob, carol) = (users.GetOrAdd("alice"), users.GetOrAdd("bob"), users.GetOrAdd("carol"));
        return
        [
            Of("1SandboxTownHall", "Sandbox town hall", "live", alice) with
            {
                Speakers = [bob],
            },
            Of("1SandboxTicketed", "Sandbox workshop", "scheduled", alice) with
            {
                Buyers = [bob, carol],
            },
            Of("1SandboxArchived", "Sandbox retrospective", "ended", bob),
        ];

        Space Of(string id, string title, string state, User creator) =>
            new(id, title, state, creator, now) { Announcement = posts.Seed(creator, $"{title}: {Space.LinkOf(id)}") };
    }
}
