namespace OrleansTwitterProxy.Sandbox;

/// <summary>One request received by X, in order of arrival.</summary>
/// <param name="Sequence">1 for the first request since the last reset.</param>
/// <param name="At">When it arrived, by the server's clock.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path without the query.</param>
/// <param name="Endpoint">Endpoint key; method and "unknown" or "wrong-method" where X has no such endpoint.</param>
/// <param name="Account">Name of the account, or null when the request named none.</param>
public sealed record RecordedRequest(long Sequence, DateTimeOffset At, string Method, string Path, string Endpoint, string? Account)
{
    /// <summary>Status sent; 0 while it is being handled or when the connection broke without a response.</summary>
    public int Status { get; internal set; }
}
