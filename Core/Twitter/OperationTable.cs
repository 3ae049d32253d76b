using System.Globalization;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Reads operations.tsv, the table of X's operations. Its head says what the columns are, and where they come from.</summary>
internal static class OperationTable
{
    private const string Resource = "operations.tsv";
    private const string Empty = "-";
    private const string Unsure = "~";
    private const string Stream = "stream";
    private const string PartitionedStream = "partitioned stream";

    /// <summary>The table of this assembly.</summary>
    public static IReadOnlyList<Endpoint> Load()
    {
        using var reader = new StreamReader(typeof(OperationTable).Assembly.GetManifestResourceStream(Resource)!);
        return Parse(reader);
    }

    /// <exception cref="FormatException">A line is not of the table's form; the message quotes it.</exception>
    public static IReadOnlyList<Endpoint> Parse(TextReader reader)
    {
        List<Endpoint> endpoints = new(200);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            endpoints.Add(
                line.Split('\t')
                    is [var method, var path, var operation, var callers, var scopes, var family, var users, var apps, var kind, var cost]
                    ? Of(method, path, operation, CallersOf(callers), scopes, family, Words(users), Words(apps), kind, cost)
                    : throw new FormatException($"{Resource} has a line that does not have ten columns: {line}")
            );
        }

        return endpoints;
    }

    private static Endpoint Of(
        string method,
        string path,
        string operation,
        Callers callers,
        string scopes,
        string family,
        string[] perUser,
        string[] perApp,
        string kind,
        string cost
    )
    {
        var key = $"{method} {path}";
        return new(key, family, [.. Words(scopes).Where(scope => scope is not Unsure)], WindowsOfUsers(perUser, perApp))
        {
            LeavesScopesToX = Words(scopes).Contains(Unsure),
            OperationId = operation,
            Callers = callers,
            AppOnlyWindows =
            [
                .. perApp.Select(limit => Window(limit, WindowKind.AppDay)).Where(window => window.Kind is not WindowKind.AppDay),
            ],
            IsStream = kind switch
            {
                Stream or PartitionedStream => true,
                Empty => false,
                _ => throw new FormatException($"{Resource} has no kind of operation '{kind}'."),
            },
            IsPartitioned = kind is PartitionedStream,
            CostClass = cost is Empty ? null : cost,
        };
    }

    // By kind: the window of 15 minutes, which callers see first, comes first, and that of a second last.
    private static PublishedWindow[] WindowsOfUsers(string[] perUser, string[] perApp) =>
        [
            .. perUser
                .Select(limit => Window(limit, WindowKind.AccountDay))
                .Concat(perApp.Select(limit => Window(limit, WindowKind.AppDay)).Where(window => window.Kind is WindowKind.AppDay))
                .OrderBy(window => window.Kind),
        ];

    private static PublishedWindow Window(string limit, WindowKind day) =>
        limit.Split('/') is [var calls, var length] && long.TryParse(calls, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(
                length switch
                {
                    "15min" => WindowKind.FifteenMinutes,
                    "24h" => day,
                    "1s" => WindowKind.OneSecond,
                    _ => throw new FormatException($"{Resource} has no window as long as '{length}'."),
                },
                number
            )
            : throw new FormatException($"{Resource} has a limit that is no number of calls over a length: '{limit}'.");

    private static Callers CallersOf(string cell) =>
        cell.Split(',')
            .Aggregate(Callers.None, (callers, word) => callers
                | word switch
                {
                    "any" => Callers.App | Callers.User,
                    "app" => Callers.App,
                    "user" => Callers.User,
                    "oauth1" => Callers.None,
                    _ => throw new FormatException($"{Resource} has no caller '{word}'."),
                });

    private static string[] Words(string cell) => cell is Empty ? [] : cell.Split(' ');
}
