using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>What can be done with documents, each as the handler of one endpoint.</summary>
internal sealed class DocumentOperations(DocumentStore documents)
{
    /// <summary>Creates one from the body.</summary>
    public ApiHandler Create(DocumentKind kind, int status = 200, Func<Document, JsonNode>? answer = null) =>
        async call =>
        {
            if (await JsonBody.ReadAsync(call) is not { } body)
                return ApiErrors.NotJson;
            foreach (var name in kind.Required.Where(name => !body.Has(name)))
                body.Fail(name, "", "is missing but it is required");
            if (body.Refusal is { } invalid)
                return invalid;
            var json = body.ToJson();
            json.Remove(kind.IdProperty);
            var created = documents.Add(kind, call.Viewer, ParentOf(kind, call), json);
            return ApiReply.Data(answer?.Invoke(created) ?? created.Json.DeepClone(), status);
        };

    /// <summary>A page of them, with what the query selects.</summary>
    public ApiHandler List(DocumentKind kind, int max = 100, string? searchedBy = null) =>
        call =>
        {
            var request = PageRequest.Read(call.Query, 1, max, Math.Min(max, 100));
            var term = searchedBy is null ? "" : call.Query.Required(searchedBy);
            var selected = kind.SelectedBy is null ? null : call.Query.Required(kind.SelectedBy);
            if (call.Query.Refusal is { } invalid)
                return new(invalid);
            var wanted = documents
                .All(kind, ParentOf(kind, call), call.Viewer)
                .Where(document =>
                    Text(document, kind.Searched).Contains(term, StringComparison.OrdinalIgnoreCase)
                    && (selected is null || Text(document, kind.SelectedBy) == selected)
                );
            return new(Page(Page<Document>.Take(wanted, document => document.Key, request)));
        };

    public ApiHandler Get(DocumentKind kind, string parameter = "id") =>
        call => new(Find(kind, parameter, call) is { } found ? ApiReply.Data(found.Json.DeepClone()) : Missing(kind, parameter, call));

    public ApiHandler Update(DocumentKind kind, string parameter = "id", Func<Document, JsonNode>? answer = null) =>
        async call =>
        {
            if (Find(kind, parameter, call) is not { } found)
                return Missing(kind, parameter, call);
            if (await JsonBody.ReadAsync(call) is not { } body)
                return ApiErrors.NotJson;
            var updated = documents.Update(found, body.ToJson());
            return ApiReply.Data(answer?.Invoke(updated) ?? updated.Json.DeepClone());
        };

    /// <summary>Changes one in a fixed way, whatever the body says.</summary>
    public ApiHandler Set(DocumentKind kind, string changes, string parameter = "id") =>
        call =>
            new(
                Find(kind, parameter, call) is { } found
                    ? ApiReply.Data(documents.Update(found, JsonNode.Parse(changes)!.AsObject()).Json.DeepClone())
                    : Missing(kind, parameter, call)
            );

    public ApiHandler Delete(DocumentKind kind, string parameter = "id", string answer = "deleted") =>
        call =>
        {
            if (Find(kind, parameter, call) is not { } found)
                return new(Missing(kind, parameter, call));
            documents.Remove(found);
            return new(ApiReply.Flag(answer, true));
        };

    /// <summary>The same answer to every call, with a JSON object in <c>data</c>.</summary>
    public static ApiHandler Answer(string data, int status = 200) => _ => new(ApiReply.Data(JsonNode.Parse(data)!, status));

    /// <summary>Refuses a call that is about a document that does not exist, else passes it on.</summary>
    public ApiHandler About(DocumentKind kind, ApiHandler handler, string parameter = "id") =>
        call => Find(kind, parameter, call) is null ? new(Missing(kind, parameter, call)) : handler(call);

    public static ApiReply Page(Page<Document> page)
    {
        var body = new JsonObject();
        if (page.Items.Count > 0)
            body["data"] = new JsonArray([.. page.Items.Select(document => document.Json.DeepClone())]);
        body["meta"] = PostReplies.Meta(page);
        return ApiReply.Ok(body);
    }

    private Document? Find(DocumentKind kind, string parameter, ApiCall call) =>
        documents.Find(kind, call.Route(parameter), ParentOf(kind, call), call.Viewer);

    private static string? ParentOf(DocumentKind kind, ApiCall call) => kind.Parent is null ? null : call.Route(kind.Parent);

    private static ApiReply Missing(DocumentKind kind, string parameter, ApiCall call) =>
        UserReplies.Missing([ApiErrors.NotFound(kind.Name, parameter, call.Route(parameter))]);

    private static string Text(Document document, string? property) => property is null ? "" : document.Json[property]?.ToString() ?? "";
}
