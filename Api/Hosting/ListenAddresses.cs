using System.Net;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Where the front end is going to listen, known before it does.</summary>
/// <param name="Urls">As configured.</param>
public sealed record ListenAddresses(IReadOnlyList<string> Urls)
{
    public const string Default = "http://127.0.0.1:8080";

    /// <summary>Whether nobody but this machine can connect.</summary>
    public bool LoopbackOnly => Urls.All(IsLoopback);

    /// <summary>Reads every place ASP.NET takes addresses from, and sets the default where there is none.</summary>
    /// <exception cref="StartupException">One of them is no address.</exception>
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
        if (urls.Count > 0)
            return new(urls);
        builder.WebHost.UseUrls(Default);
        return new([Default]);
    }

    // Asked of the server's own reader; it takes "18480" for a host, which nobody means.
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

    /// <summary>Whether the URL names this machine and no other.</summary>
    public static bool IsLoopback(string url)
    {
        // "http://*:80" and "http://+:80" are no URIs, and anything but loopback.
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return false;
        return uri.Host is "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }
}
