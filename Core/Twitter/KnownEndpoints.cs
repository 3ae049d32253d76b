namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>X's endpoints as operations.tsv has them, and the rules for paths that it does not have.</summary>
internal static class KnownEndpoints
{
    /// <summary>The family of what no other family takes.</summary>
    public const string Other = "other";

    public static IReadOnlyList<Endpoint> All { get; } = OperationTable.Load();

    /// <summary>Families of endpoints that are not in the table.</summary>
    public static IReadOnlyList<string> FamiliesOfUnknown { get; } =
    ["tweets", "users", "media", "lists", "spaces", "dm_conversations", "dm_events", "communities"];

    /// <summary>
    /// The family of an unknown path: its first noun if that is a known family, else <c>other</c>. This keeps the number of families small.
    /// </summary>
    public static string FamilyOfUnknown(string noun) => FamiliesOfUnknown.Contains(noun) ? noun : Other;

    /// <summary>The words by which <see cref="WhyNotForwarded"/> tells paths.</summary>
    public static IReadOnlyList<string> WordsNotForwarded { get; } = ["oauth2", "stream"];

    /// <summary>
    /// Paths under /2/ that the table does not have and the proxy does not forward, and why; by words in lower case.
    /// </summary>
    public static string? WhyNotForwarded(ReadOnlySpan<string> segments) =>
        segments switch
        {
            [_, "oauth2", ..] => "The proxy owns the OAuth tokens: sign in with POST /v1/auth/authorize, sign out with DELETE /v1/session.",
            [_, _, "stream", ..] or [_, _, _, "stream", ..] =>
                "X has no such call to a stream, as far as the proxy knows. docs/reference/endpoints.md lists the streams; they are read with GET.",
            _ => null,
        };
}
