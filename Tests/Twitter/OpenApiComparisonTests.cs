using System.Text.Json;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Twitter;

/// <summary>
/// With <c>X_OPENAPI=path/openapi.json</c> in the environment, the whole catalogue is compared with that document; without it, the few
/// operations of the fragment beside this file.
/// </summary>
public sealed class OpenApiComparisonTests
{
    private const string Variable = "X_OPENAPI";

    [Fact]
    public void What_a_newer_OpenAPI_of_X_adds_removes_and_changes_is_found()
    {
        var notes = KnownEndpoints.All.Where(endpoint => endpoint.Key.Contains(" /2/notes", StringComparison.Ordinal));

        Assert.Equal(
            [
                "DELETE /2/notes/{id} is gone from X",
                "GET /2/notes is not in the table",
                "GET /2/notes/search/notes_written needs the scopes [note.read tweet.read] and not [tweet.read]",
                "GET /2/notes/search/posts_eligible_for_notes is a stream now",
                "POST /2/notes/evaluate is for App, User and not User",
                "PUT /2/notes/{note_id} is not in the table",
            ],
            OpenApiComparison.Differences(notes, JsonElement.Parse(CheckedIn.Text("Twitter/openapi-fragment.json")))
        );
    }

    [Fact]
    public void The_catalogue_is_as_the_given_OpenAPI_of_X_says()
    {
        var given = Environment.GetEnvironmentVariable(Variable);
        var (catalogue, document) = given is null
            ? (
                KnownEndpoints.All.Where(endpoint => endpoint.Key is "POST /2/notes"),
                OnlyTheFirst(CheckedIn.Text("Twitter/openapi-fragment.json"))
            )
            : (KnownEndpoints.All, JsonElement.Parse(File.ReadAllText(given)));

        Assert.Empty(OpenApiComparison.Differences(catalogue, document));
    }

    // The fragment's first operation is as X has it today.
    private static JsonElement OnlyTheFirst(string fragment)
    {
        var path = JsonElement.Parse(fragment).GetProperty("paths").EnumerateObject().First();
        var operation = path.Value.EnumerateObject().First(member => member.Name is "post");
        return JsonSerializer.SerializeToElement(
            new Dictionary<string, object>
            {
                ["paths"] = new Dictionary<string, object>
                {
                    [path.Name] = new Dictionary<string, object> { [operation.Name] = operation.Value },
                },
            }
        );
    }
}
