using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Silo.Hosting;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// The entry point of the test assembly when a test starts it as a process of its own; the test runner never calls it.
/// <c>proxy SETTINGS</c> is the real proxy. It says on its standard output where it listens; told <c>KEY POINT</c> on its standard input
/// it answers <c>armed KEY</c>, and says <c>reached KEY</c> when that record's write has come to the point, where it stays until the
/// process is killed. See <see cref="ProxyProcess"/> and <see cref="CrashPoints"/>.
/// </summary>
internal static class TestProcess
{
    public const string Listening = "listening ";

    public const string Armed = "armed ";

    public const string Reached = "reached ";

    private static readonly ConcurrentDictionary<string, string> PointsByKey = new(StringComparer.Ordinal);

    public static async Task<int> Main(string[] args)
    {
        if (args is not ["proxy", .. var settings])
            return 0;
        _ = Task.Run(ObeyAsync);
        return await CommandLine.RunAsync(settings, SiloApplication.Description, BuildAsync);
    }

    private static async Task ObeyAsync()
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line.Split(' ') is not [var key, var point])
                throw new InvalidOperationException($"Not 'KEY POINT': {line}");
            PointsByKey[key] = point;
            Console.WriteLine(Armed + key);
        }

        Environment.Exit(3); // the test that started this process is gone
    }

    private static async Task<WebApplication> BuildAsync(string[] settings)
    {
        var app = await SiloApplication.BuildAsync(settings, builder =>
        {
            // A page of metrics is otherwise the same for 300 ms.
            builder.Services.Configure<PrometheusAspNetCoreOptions>(page => page.ScrapeResponseCacheDurationMilliseconds = 0);
            builder.TapStore<SessionRecord>(store => StopAtPoints(store, CrashPoints.NameOf));
            builder.TapStore<SignInRecord>(store => StopAtPoints(store, CrashPoints.NameOf));
        });
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Listening + app.Urls.First()));
        return app;
    }

    private static void StopAtPoints<TRecord>(TappedStore<TRecord> store, Func<TRecord?, string> nameOf)
        where TRecord : class
    {
        store.BeforeWrite = (key, record) => StopIfItIsHereAsync(key, CrashPoints.Before + nameOf(record));
        store.AfterWrite = (key, record) => StopIfItIsHereAsync(key, CrashPoints.After + nameOf(record));
    }

    private static Task StopIfItIsHereAsync(string key, string point)
    {
        if (PointsByKey.GetValueOrDefault(key) != point)
            return Task.CompletedTask;
        Console.WriteLine(Reached + key);
        return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
    }
}
