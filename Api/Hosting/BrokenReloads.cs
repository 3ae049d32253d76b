using Microsoft.Extensions.Configuration;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Logs when a changed configuration file cannot be read. The framework keeps the previous values and logs nothing.</summary>
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

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} cannot be read; the previous values stay in force: {Reason}")]
    private static partial void LogBroken(ILogger logger, string? file, string reason);
}
