using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Explains to the operator why the proxy could not start.</summary>
internal static class StartupFailure
{
    /// <returns>What to correct; null for an exception that is not caused by a setting, which is a bug.</returns>
    public static string? Explain(Exception exception) =>
        exception switch
        {
            StartupException => exception.Message,
            OptionsValidationException invalid => StartupException.Invalid(invalid.Failures).Message,
            // A value of the wrong type; the message names the setting, or at least the value.
            InvalidOperationException
            {
                Source: "Microsoft.Extensions.Configuration.Binder" or "Microsoft.Extensions.Logging.Configuration"
            } => StartupException.Invalid([exception.Message]).Message,
            InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" or "Microsoft.AspNetCore.Server.Kestrel" } =>
                $"Not started: {exception.Message}",
            InvalidDataException { InnerException: FormatException broken } =>
                $"Not started: {exception.Message} {broken.InnerException?.Message}",
            IOException { InnerException: AddressInUseException } =>
                $"Not started: {exception.Message} Stop the process that listens there, or choose another address with --urls.",
            SocketException => $"Not started: the address cannot be listened on ({exception.Message}). Choose another with --urls.",
            AggregateException many when many.InnerExceptions.All(inner => Explain(inner) is not null) => string.Join(
                Environment.NewLine,
                many.InnerExceptions.Select(Explain)
            ),
            _ => null,
        };
}
