using System.Collections.Frozen;
using System.Globalization;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>All operations of X, with who may call them and how often: the home of these facts for every endpoint.</summary>
internal static class OperationCatalogue
{
    private const string None = "-";

    public static IReadOnlyList<Operation> All { get; } = [.. EmbeddedTable.Read("operations.tsv").Select(Parse)];

    private static readonly FrozenDictionary<string, Operation> ByKey = All.ToFrozenDictionary(operation => operation.Key);

    public static Operation? Find(string key) => ByKey.GetValueOrDefault(key);

    /// <summary>Gives an endpoint its callers, scopes, limits and price; the OAuth endpoints are not in the catalogue.</summary>
    public static ApiEndpoint Complete(ApiEndpoint endpoint) =>
        Find(endpoint.Key) is { } operation
            ? endpoint with
            {
                Authentication = operation.Authentication,
                Scopes = operation.Scopes,
                Limits = operation.Limits,
                Price = operation.Price,
            }
            : endpoint;

    private static Operation Parse(string[] row) =>
        new(
            row[0],
            row[1],
            row[2],
            AuthenticationOf(row[3].Split('+')),
            row[4] == None ? [] : row[4].Split(' '),
            LimitsOf(WindowsOf(row[5]), WindowsOf(row[6])),
            row[7] == None ? null : row[7]
        );

    /// <summary>The sandbox knows no OAuth 1.0a tokens.</summary>
    private static ApiAuthentication AuthenticationOf(string[] callers) =>
        (callers.Contains("user"), callers.Contains("app")) switch
        {
            (true, true) => ApiAuthentication.UserOrApp,
            (true, false) => ApiAuthentication.User,
            (false, true) => ApiAuthentication.App,
            _ => ApiAuthentication.None,
        };

    private static EndpointLimits LimitsOf(Dictionary<string, int> perApp, Dictionary<string, int> perUser) =>
        new()
        {
            PerUser = Window(perUser, "15min"),
            PerUserDay = Window(perUser, "24hrs"),
            PerUserSecond = Window(perUser, "sec"),
            PerApp = Window(perApp, "15min"),
            PerAppDay = Window(perApp, "24hrs"),
            PerAppSecond = Window(perApp, "sec"),
        };

    private static int? Window(Dictionary<string, int> windows, string length) => windows.TryGetValue(length, out var limit) ? limit : null;

    // "10,000/24hrs" or "1/sec, 300/15min"; a lone "-" is no limit.
    private static Dictionary<string, int> WindowsOf(string cell) =>
        cell.Split(", ")
            .Select(window => window.Split('/'))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[1], parts => int.Parse(parts[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
}
