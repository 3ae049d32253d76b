using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The endpoints that only keep documents, one line for each operation.</summary>
internal sealed class DocumentEndpoints
{
    private static readonly DocumentKind Article = new("article", """{"status":"draft"}""") { Required = ["title"], IsPrivate = true };

    private static readonly DocumentKind Broadcast = new("broadcast")
    {
        Seeds = ["""{"title":"Sandbox live","state":"running","media_key":"13_1"}"""],
    };

    private static readonly DocumentKind ScheduledBroadcast = new("broadcast", """{"state":"scheduled"}""")
    {
        Required = ["title"],
        IsPrivate = true,
    };

    private static readonly DocumentKind BroadcastMessage = new("chat_message") { Required = ["text"], Parent = "id" };
    private static readonly DocumentKind BroadcastMute = new("user")
    {
        Required = ["user_id"],
        Parent = "id",
        IdProperty = "mute_id",
    };

    private static readonly DocumentKind Community = new("community", """{"access":"Public","join_policy":"Open","member_count":3}""")
    {
        Searched = "name",
        Seeds =
        [
            """{"id":"1500000000000000001","name":"Sandbox builders","description":"Who tests here."}""",
            """{"id":"1500000000000000002","name":"Orleans users","description":"Grains and silos."}""",
        ],
    };

    private static readonly DocumentKind ComplianceJob = new(
        "compliance_job",
        """
        {
            "status":"created","resumable":false,
            "upload_url":"https://storage.googleapis.com/sandbox/upload","download_url":"https://storage.googleapis.com/sandbox/download",
            "upload_expires_at":"2036-01-01T00:00:00.000Z","download_expires_at":"2036-01-01T00:00:00.000Z"
        }
        """
    )
    {
        Required = ["type"],
        SelectedBy = "type",
    };

    private static readonly DocumentKind News = new("news", """{"category":"Technology"}""")
    {
        Searched = "name",
        Seeds =
        [
            """{"id":"1600000000000000001","name":"Sandbox keeps up","summary":"All operations respond."}""",
            """{"id":"1600000000000000002","name":"Sandbox streams","summary":"Events have numbers."}""",
        ],
    };

    private static readonly DocumentKind Note = new("note", """{"status":"needs_more_ratings"}""")
    {
        Required = ["post_id", "info", "test_mode"],
        IsPrivate = true,
    };

    private readonly List<ApiEndpoint> _all;

    public DocumentEndpoints(DocumentStore documents)
    {
        foreach (var kind in new[] { Broadcast, Community, News })
            documents.Seed(kind);
        var of = new DocumentOperations(documents);
        _all =
        [
            new("POST", "/2/articles/draft", of.Create(Article)),
            new("POST", "/2/articles/{article_id}/publish", of.Set(Article, """{"status":"published"}""", "article_id")),
            new("GET", "/2/broadcasts", of.List(Broadcast)),
            new("GET", "/2/broadcasts/scheduled", of.List(ScheduledBroadcast)),
            new("POST", "/2/broadcasts/scheduled", of.Create(ScheduledBroadcast, 201)),
            new("GET", "/2/broadcasts/scheduled/{id}", of.Get(ScheduledBroadcast)),
            new("PUT", "/2/broadcasts/scheduled/{id}", of.Update(ScheduledBroadcast)),
            new("DELETE", "/2/broadcasts/scheduled/{id}", of.Delete(ScheduledBroadcast)),
            new("POST", "/2/broadcasts/scheduled/{id}/live", of.Set(ScheduledBroadcast, """{"state":"running"}""")),
            new("GET", "/2/broadcasts/{id}", of.Get(Broadcast)),
            new("GET", "/2/broadcasts/{id}/chat", of.List(BroadcastMessage)),
            new("POST", "/2/broadcasts/{id}/chat", of.About(Broadcast, of.Create(BroadcastMessage, 201))),
            new("POST", "/2/broadcasts/{id}/chat/mutes", of.About(Broadcast, of.Create(BroadcastMute, answer: _ => Flag("muted", true)))),
            new("DELETE", "/2/broadcasts/{id}/chat/mutes/{user_id}", of.About(Broadcast, DocumentOperations.Answer("""{"muted":false}"""))),
            new("DELETE", "/2/broadcasts/{id}/chat/{message_id}", of.Delete(BroadcastMessage, "message_id")),
            new("GET", "/2/communities/search", of.List(Community, searchedBy: "query")),
            new("GET", "/2/communities/{id}", of.Get(Community)),
            new("GET", "/2/compliance/jobs", of.List(ComplianceJob)),
            new("POST", "/2/compliance/jobs", of.Create(ComplianceJob)),
            new("GET", "/2/compliance/jobs/{id}", of.Get(ComplianceJob)),
            new("GET", "/2/news/search", of.List(News, searchedBy: "query")),
            new("GET", "/2/news/{id}", of.Get(News)),
            new("POST", "/2/notes", of.Create(Note, answer: note => new JsonObject { ["id"] = note.Id })),
            new("DELETE", "/2/notes/{id}", of.Delete(Note)),
            new("POST", "/2/notes/evaluate", DocumentOperations.Answer("""{"claim_opinion_score":0.5}""")),
            new("GET", "/2/notes/search/notes_written", of.List(Note)),
        ];
    }

    public IEnumerable<ApiEndpoint> All => _all;

    private static JsonObject Flag(string name, bool value) => new() { [name] = value };
}
