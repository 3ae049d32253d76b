using System.Globalization;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>Reads the query of the lists: each value that is not valid is refused by its name.</summary>
internal sealed class ActivityQuery(HttpRequest request)
{
    public const int MaxLimit = 1_000;

    private const int DefaultLimit = 100;
    private const int MaxText = 200;

    private static readonly HashSet<string> Outcomes =
    [
        ActivityEntry.Answered,
        ActivityEntry.Aborted,
        .. Enum.GetValues<RejectionReason>().Select(Problems.Slug),
    ];

    /// <summary>The first value that is not valid; null when all are.</summary>
    public ProblemResult? Invalid { get; private set; }

    /// <summary>By the parameter format, or else by Accept.</summary>
    public ExportFormat Format() =>
        Value("format") switch
        {
            null when Accepts("text/csv") => ExportFormat.Csv,
            null when Accepts("application/x-ndjson") => ExportFormat.JsonLines,
            null or "json" => ExportFormat.Json,
            "csv" => ExportFormat.Csv,
            "jsonl" => ExportFormat.JsonLines,
            _ => Refuse<ExportFormat>("format", "write json, csv or jsonl."),
        };

    /// <summary>Entries of a page. An export has no pages.</summary>
    public int Limit(ExportFormat format)
    {
        var value = Value("limit");
        if (format is not ExportFormat.Json)
            return value is null ? MaxLimit : Refuse<int>("limit", "leave it out: csv and jsonl have everything that fits.");
        if (value is null)
            return DefaultLimit;
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and <= MaxLimit
            ? limit
            : Refuse<int>("limit", $"write a number from 1 to {MaxLimit}.");
    }

    public EntryPosition? Before() =>
        Value("before") is not { } value ? null
        : EntryPosition.TryParse(value) is { } position ? position
        : Refuse<EntryPosition?>("before", "send next_before of the page before.");

    /// <summary>A time as ISO 8601 writes it, in UTC unless it names an offset.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Value(name) is not { } value)
            return null;
        return
            DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year >= 1970
            ? time.ToUniversalTime()
            : Refuse<DateTimeOffset?>(name, "write a time such as 2026-08-01 or 2026-08-01T12:00:00Z; in a URL, + is written %2B.");
    }

    public string? Account() =>
        Value("account") is not { } value ? null
        : value.Length <= 20 && value.All(char.IsAsciiDigit) ? value
        : Refuse<string?>("account", "send the account's id at X: a number.");

    public string? Outcome() => OneOf("outcome", Outcomes);

    public string? Action() => OneOf("action", AuditActions.All);

    public UsageKey By() =>
        Value("by") switch
        {
            "client" => UsageKey.Client,
            "account" => UsageKey.Account,
            "endpoint" => UsageKey.Endpoint,
            _ => Refuse<UsageKey>("by", "write client, account or endpoint."),
        };

    public string? Text(string name) =>
        Value(name) is not { } value || value.Length <= MaxText
            ? Value(name)
            : Refuse<string?>(name, $"it has at most {MaxText} characters.");

    private string? OneOf(string name, IReadOnlyCollection<string> known) =>
        Value(name) is not { } value || known.Contains(value)
            ? Value(name)
            : Refuse<string?>(name, $"there is no '{value[..Math.Min(value.Length, MaxText)]}'. There are {string.Join(", ", known)}.");

    private string? Value(string name) => request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    private bool Accepts(string type) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase));

    private T Refuse<T>(string name, string why)
    {
        Invalid ??= ProblemResult.Invalid(name, why);
        return default!;
    }
}
