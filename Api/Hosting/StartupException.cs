namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The proxy cannot start, for a reason that its operator can correct. Only the message is shown.</summary>
public sealed class StartupException(string message) : Exception(message)
{
    /// <summary>For settings that are unknown or not valid.</summary>
    /// <param name="failures">A line for each.</param>
    public static StartupException Invalid(IEnumerable<string> failures) =>
        new(string.Join(Environment.NewLine + "  ", failures.Prepend("Not started: the configuration is not valid.")));
}
