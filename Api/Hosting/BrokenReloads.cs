using Microsoft.Extensions.Configuration;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// A configuration file that cannot be read when it is saved: the framework keeps what was read before and says nothing. Here it is said.
/// </summary>
internal static partial class BrokenReloads
{
    public static void LogBrokenReloads(this WebApplication app)
    {
        foreach (var file in ((IConfigurationRoot)app.Configuration).Providers.OfType<FileConfigurationProvider>())
        {
            file.Source.OnLoadException = failure =>
                LogBroken(app.Logger, file.Source.Path, failure.Exception.InnerException?.Message ?? failure.Exception.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} cannot be read, what it said before stays in force: {Reason}")]
    private static partial void LogBroken(ILogger logger, string? file, string reason);
}
