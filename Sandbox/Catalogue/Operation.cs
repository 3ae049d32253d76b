namespace OrleansTwitterProxy.Sandbox;

/// <summary>One operation of X: a row of operations.tsv.</summary>
/// <param name="Price">What it costs, a name in prices.tsv; null when it costs nothing.</param>
internal sealed record Operation(
    string Method,
    string Path,
    string Name,
    ApiAuthentication Authentication,
    IReadOnlyList<string> Scopes,
    EndpointLimits Limits,
    string? Price
)
{
    public string Key { get; } = $"{Method} {Path}";
}
