namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The proxy cannot start, for a reason its operator can mend. The message is all that is shown.</summary>
public sealed class StartupException(string message) : Exception(message);
