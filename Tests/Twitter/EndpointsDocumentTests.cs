using System.Globalization;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Twitter;

/// <summary>
/// The table in docs/reference/endpoints.md is made from the catalogue. With <c>UPDATE_DOCS=1</c> in the environment the test writes it
/// anew.
/// </summary>
public sealed class EndpointsDocumentTests
{
    private const string Variable = "UPDATE_DOCS";

    private static readonly string Path = System.IO.Path.Combine(CheckedIn.Root, "docs", "reference", "endpoints.md");

    [Fact]
    public void The_table_in_the_document_is_that_of_the_catalogue()
    {
        var lines = File.ReadAllLines(Path);
        var rows = KnownEndpoints.All.Select(Row).ToList();
        if (Environment.GetEnvironmentVariable(Variable) is "1")
        {
            lines = [.. lines.TakeWhile(line => !IsRow(line)), .. rows, .. lines.SkipWhile(line => !IsRow(line)).SkipWhile(IsRow)];
            File.WriteAllText(Path, string.Join('\n', lines) + '\n');
        }

        Assert.Equal(rows, lines.Where(IsRow));
    }

    [Fact]
    public void The_document_names_every_family()
    {
        var listed = File.ReadAllLines(Path).Single(line => line.StartsWith("Families: ", StringComparison.Ordinal));

        Assert.Equal($"Families: {string.Join(", ", EndpointCatalogue.Families.Select(Code))}.", listed);
    }

    private static bool IsRow(string line) => line.StartsWith("| `", StringComparison.Ordinal);

    private static string Row(Endpoint endpoint)
    {
        string[] cells =
        [
            Code(endpoint.Key),
            endpoint.Callers switch
            {
                Callers.App => endpoint.IsStream ? "app, stream" : "app",
                Callers.User => "user",
                _ => "user, app",
            },
            string.Join(' ', (endpoint.LeavesScopesToX ? ["~"] : Array.Empty<string>()).Concat(endpoint.Scopes.Select(Code))),
            Code(endpoint.Family),
            Written(endpoint.FirstGuess.Where(window => window.Kind is not WindowKind.AppDay)),
            Written(endpoint.AppOnlyWindows.Concat(endpoint.FirstGuess.Where(window => window.Kind is WindowKind.AppDay))),
            endpoint.CostClass is { } cost ? Code(cost) : "",
        ];
        return $"| {string.Join(" | ", cells.Select(cell => cell.Length == 0 ? "-" : cell))} |";
    }

    private static string Code(string text) => $"`{text}`";

    private static string Written(IEnumerable<PublishedWindow> windows) =>
        string.Join(
            ", ",
            windows.Select(window => string.Create(CultureInfo.InvariantCulture, $"{window.Limit:N0} / {LengthOf(window.Kind)}"))
        );

    private static string LengthOf(WindowKind kind) =>
        kind switch
        {
            WindowKind.FifteenMinutes => "15 min",
            WindowKind.OneSecond => "1 s",
            _ => "24 h",
        };
}
