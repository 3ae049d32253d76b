using Microsoft.Extensions.Primitives;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Logs when a changed configuration file cannot be read or is not valid. The framework keeps the previous values of a file that it cannot
/// read, and logs nothing.
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

        var configuration = (IConfigurationRoot)app.Configuration;
        ChangeToken.OnChange(configuration.GetReloadToken, () =>
        {
            if (KnownSettings.Failures(configuration) is [_, ..] failures)
                LogInvalid(app.Logger, string.Join(' ', failures));
        });
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} cannot be read; the previous values stay in force: {Reason}")]
    private static partial void LogBroken(ILogger logger, string? file, string reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The changed configuration is not valid; the previous clients stay in force: {Failures}"
    )]
    private static partial void LogInvalid(ILogger logger, string failures);
}
