using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>All resources that are documents. Documents are replaced, never changed.</summary>
internal sealed class DocumentStore(SnowflakeIds ids, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, Document> _documents = new(Comparer<long>.Create((left, right) => right.CompareTo(left)));

    public Document Add(DocumentKind kind, User? owner, string? parent, JsonObject json)
    {
        var key = ids.Next();
        var complete = new JsonObject
        {
            [kind.IdProperty] = SnowflakeIds.ToText(key),
            ["created_at"] = UserRenderer.Time(clock.GetUtcNow()),
        };
        Merge(complete, JsonNode.Parse(kind.Defaults)!.AsObject());
        Merge(complete, json);
        var document = new Document(key, kind, owner, parent, complete);
        lock (_gate)
            _documents[key] = document;
        return document;
    }

    public void Seed(DocumentKind kind)
    {
        foreach (var seed in kind.Seeds)
            Add(kind, null, null, JsonNode.Parse(seed)!.AsObject());
    }

    /// <summary>A document by its id, if the viewer may see it.</summary>
    public Document? Find(DocumentKind kind, string id, string? parent, User? viewer) =>
        All(kind, parent, viewer).FirstOrDefault(document => document.Id == id);

    /// <summary>Latest first.</summary>
    public IReadOnlyList<Document> All(DocumentKind kind, string? parent, User? viewer)
    {
        lock (_gate)
        {
            return
            [
                .. _documents.Values.Where(document => document.Kind == kind && document.Parent == parent && document.IsVisibleTo(viewer)),
            ];
        }
    }

    /// <summary>Sets properties of a document; its id stays.</summary>
    public Document Update(Document document, JsonObject changes)
    {
        var changed = document.Json.DeepClone().AsObject();
        Merge(changed, changes);
        changed[document.Kind.IdProperty] = document.Id;
        var updated = document with { Json = changed };
        lock (_gate)
        {
            if (_documents.ContainsKey(document.Key))
                _documents[document.Key] = updated;
        }
        return updated;
    }

    public bool Remove(Document document)
    {
        lock (_gate)
            return _documents.Remove(document.Key);
    }

    private static void Merge(JsonObject target, JsonObject source)
    {
        foreach (var (name, value) in source)
            target[name] = value?.DeepClone();
    }
}
