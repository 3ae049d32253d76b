using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

internal sealed record StreamRule(string Id, string Value, string? Tag)
{
    private readonly PostQuery _query = new(Value);

    public bool Matches(Post post) => _query.Matches(post);

    public JsonObject Render()
    {
        var json = new JsonObject { ["id"] = Id, ["value"] = Value };
        if (Tag is not null)
            json["tag"] = Tag;
        return json;
    }
}

/// <summary>The app's stream rules, replaced as a whole so that readers need no lock.</summary>
internal sealed class StreamRules(SnowflakeIds ids)
{
    private readonly Lock _gate = new();
    private volatile IReadOnlyList<StreamRule> _rules = [];

    public IReadOnlyList<StreamRule> All => _rules;

    /// <summary>Adds a rule; null when one with the same value exists.</summary>
    public StreamRule? Add(string value, string? tag)
    {
        lock (_gate)
        {
            if (_rules.Any(rule => rule.Value == value))
                return null;
            var added = new StreamRule(SnowflakeIds.ToText(ids.Next()), value, tag);
            _rules = [.. _rules, added];
            return added;
        }
    }

    /// <returns>The number of deleted rules.</returns>
    public int Delete(IReadOnlyCollection<string> idsOrValues)
    {
        lock (_gate)
        {
            var before = _rules.Count;
            _rules = [.. _rules.Where(rule => !idsOrValues.Contains(rule.Id) && !idsOrValues.Contains(rule.Value))];
            return before - _rules.Count;
        }
    }
}
