namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The proxy cannot start, for a reason that its operator can correct. Only the message is shown.</summary>
public sealed class StartupException(string message) : Exception(message);
