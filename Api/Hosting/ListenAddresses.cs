using System.Net;
using OrleansTwitterProxy.Api.Telemetry;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The addresses on which the front end will listen.</summary>
/// <param name="Urls">As configured.</param>
public sealed record ListenAddresses(IReadOnlyList<string> Urls)
{
    public const string Default = "http://127.0.0.1:8080";

    /// <summary>Whether only this machine can connect.</summary>
    public bool LoopbackOnly => Urls.All(IsLoopback);

    /// <summary>Reads every source from which ASP.NET takes addresses, and sets the default if there is none.</summary>
    /// <exception cref="StartupException">A configured value is not an address.</exception>
    public static ListenAddresses Configure(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        List<string> urls = [.. Split(configuration["urls"])];
        urls.AddRange(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>());
        if (urls.Count == 0)
        {
            urls.AddRange(Split(configuration["http_ports"]).Select(port => $"http://*:{port}"));
            urls.AddRange(Split(configuration["https_ports"]).Select(port => $"https://*:{port}"));
        }

        if (urls.Find(url => !CanBeParsed(url)) is { } wrong)
            throw new StartupException($"Not started: '{wrong}' is not an address to listen on. Write it as {Default}.");
        if (urls.Count == 0)
            urls.Add(Default);
        Listen(builder, urls);
        return new(urls);
    }

    // The address for metrics is none of the proxy's own: no browser goes there.
    private static void Listen(WebApplicationBuilder builder, List<string> urls)
    {
        var metrics = builder.Configuration[$"{TelemetryOptions.Section}:{nameof(TelemetryOptions.MetricsUrl)}"];
        if (!builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
            builder.WebHost.UseUrls([.. urls, .. Split(metrics)]);
        else if (!string.IsNullOrEmpty(metrics))
            builder.Configuration["Kestrel:Endpoints:Metrics:Url"] = metrics;
    }

    // Uses the server's own parser, which accepts "18480" as a host; that is never meant.
    private static bool CanBeParsed(string url)
    {
        try
        {
            return url.Contains("://", StringComparison.Ordinal) && BindingAddress.Parse(url).Host.Length > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static string[] Split(string? value) =>
        value?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Whether the URL is on a loopback address.</summary>
    public static bool IsLoopback(string url)
    {
        // "http://*:80" and "http://+:80" are not URIs and are never loopback.
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return false;
        return IsLoopbackHost(uri.Host);
    }

    /// <summary>Whether the name or address is this machine's own; an IPv6 address may stand in brackets.</summary>
    public static bool IsLoopbackHost(ReadOnlySpan<char> host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim("[]"), out var address) && IPAddress.IsLoopback(address));
}
