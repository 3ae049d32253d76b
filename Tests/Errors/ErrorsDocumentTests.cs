using System.Globalization;
using System.Text.Json;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Errors;

/// <summary>docs/reference/errors.md and the table in the code say the same.</summary>
public sealed class ErrorsDocumentTests
{
    private readonly string _document = File.ReadAllText(Path.Combine(CheckedIn.Root, "docs", "reference", "errors.md"));

    [Fact]
    public void Every_reason_has_its_row_in_the_document_and_in_the_code_and_they_agree()
    {
        var documented = Rows().ToDictionary(row => row.Reason, row => (row.Status, row.Type, row.Retryable));

        var inCode = Enum.GetValues<RejectionReason>()
            .ToDictionary(Problems.Slug, reason =>
                (ProblemTable.Of(reason).Status, Problems.TypePrefix + Problems.Slug(reason), ProblemTable.Of(reason).Retryable)
            );

        Assert.Equal(inCode.OrderBy(row => row.Key, StringComparer.Ordinal), documented.OrderBy(row => row.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_row_says_what_to_do() => Assert.All(Rows(), row => Assert.EndsWith(".", row.WhatToDo, StringComparison.Ordinal));

    [Fact]
    public void The_example_is_a_problem_as_the_table_describes_it()
    {
        var example = JsonElement.Parse(_document.Split("```json")[1].Split("```")[0]);

        var row = ProblemTable.Of(RejectionReason.RateLimited);
        Assert.Equal(
            (Problems.TypePrefix + "rate_limited", row.Title, row.Status, row.Retryable),
            (
                example.GetProperty("type").GetString(),
                example.GetProperty("title").GetString(),
                example.GetProperty("status").GetInt32(),
                example.GetProperty("retryable").GetBoolean()
            )
        );
    }

    private List<Row> Rows() =>
        [
            .. _document
                .Split('\n')
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Trim().Trim('|').Split('|').Select(cell => cell.Trim().Trim('`')).ToArray())
                .Select(cells => new Row(
                    cells[0],
                    int.Parse(cells[1], CultureInfo.InvariantCulture),
                    cells[2],
                    cells[3] == "yes",
                    cells[4]
                )),
        ];

    private sealed record Row(string Reason, int Status, string Type, bool Retryable, string WhatToDo);
}
