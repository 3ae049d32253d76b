using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>One kind of resource whose whole behaviour is to be created, read, changed and deleted.</summary>
/// <param name="name">X's name of it in errors.</param>
/// <param name="defaults">JSON object of the properties that a new one has beside those of the request.</param>
internal sealed class DocumentKind(string name, string defaults = "{}")
{
    public string Name { get; } = name;
    public string Defaults { get; } = defaults;

    /// <summary>X's name of the id.</summary>
    public string IdProperty { get; init; } = "id";

    /// <summary>The properties that a request to create one must have.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>The route parameter that names what it belongs to; null when it stands alone.</summary>
    public string? Parent { get; init; }

    /// <summary>Whether only the user who created it sees it.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>JSON objects that exist from the start.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>The property that a search looks into.</summary>
    public string? Searched { get; init; }

    /// <summary>The query parameter that selects by a property of the same name.</summary>
    public string? SelectedBy { get; init; }
}

/// <summary>One resource of a <see cref="DocumentKind"/>.</summary>
internal sealed record Document(long Key, DocumentKind Kind, User? Owner, string? Parent, JsonObject Json) : IKeyed
{
    public string Id => Json[Kind.IdProperty]!.GetValue<string>();

    public bool IsVisibleTo(User? viewer) => !Kind.IsPrivate || Owner == viewer;
}
