using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Tests.Hosting;

public sealed class LoggingDefaultsTests
{
    [Theory]
    [InlineData("OrleansTwitterProxy.Api.Hosting.Banner", null, LogLevel.Information)] // or nobody would learn the proxy's address
    [InlineData("OrleansTwitterProxy.Api.Hosting.Banner", "Debug", LogLevel.Debug)]
    [InlineData("OrleansTwitterProxy.Api.Hosting.Banner", "Critical", LogLevel.Critical)]
    [InlineData("Orleans.Runtime.Catalog", null, LogLevel.Warning)]
    [InlineData("Orleans.Runtime.Silo", null, LogLevel.Error)]
    [InlineData("Orleans.Runtime.Watchdog", null, LogLevel.Error)]
    [InlineData("Polly", null, LogLevel.Warning)]
    [InlineData("Microsoft.AspNetCore.Routing.EndpointMiddleware", null, LogLevel.Warning)]
    public void What_is_logged_follows_the_default_level_except_for_others_chatter(string category, string? configured, LogLevel lowest)
    {
        var builder = WebApplication.CreateBuilder(configured is null ? [] : [$"--Logging:LogLevel:Default={configured}"]);
        builder.AddLoggingDefaults();
        using var services = builder.Services.BuildServiceProvider();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
        Assert.Equal(lowest, Enum.GetValues<LogLevel>().First(logger.IsEnabled));
    }
}
