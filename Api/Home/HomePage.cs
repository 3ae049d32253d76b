using System.Collections.Frozen;
using System.Text;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Home;

/// <summary>The page at the root, and its files under <c>/home</c>. They are embedded, so none has to be deployed.</summary>
internal static class HomePage
{
    private const string Page = "home.html";
    private const string DevelopmentKey = "data-development-key=\"";

    // X's pictures. Its videos are shown by theirs.
    private const string MediaAtX = "https://pbs.twimg.com";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapHomePage(this IEndpointRouteBuilder routes)
    {
        var files = Read();
        var html = Encoding.UTF8.GetString(files[Page]);
        var policy = PolicyFor(routes.ServiceProvider.GetRequiredService<IOptions<TwitterOptions>>().Value);
        routes
            .MapMethods("/", Methods, (HttpContext context, ClientDirectory clients, DevelopmentMode development) =>
            {
                context.Response.Headers.ContentSecurityPolicy = policy;
                var isDevelopment = clients.IsDevelopment && development.Covers(context);
                return TypedResults.Text(
                    isDevelopment
                        ? html.Replace(DevelopmentKey, DevelopmentKey + ClientDirectory.DevelopmentKey, StringComparison.Ordinal)
                        : html,
                    "text/html; charset=utf-8"
                );
            })
            .AllowAnonymous()
            .ExcludeFromDescription();
        routes
            .MapMethods("/home/{file}", Methods, IResult (string file) =>
                file != Page && files.TryGetValue(file, out var content)
                    ? TypedResults.Bytes(content, TypeOf(file))
                    : TypedResults.NotFound()
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private static FrozenDictionary<string, byte[]> Read()
    {
        const string prefix = "home/";
        var assembly = typeof(HomePage).Assembly;
        return assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(
                name => name[prefix.Length..],
                name =>
                {
                    using var stream = assembly.GetManifestResourceStream(name)!;
                    var content = new byte[stream.Length];
                    stream.ReadExactly(content);
                    return content;
                }
            );
    }

    private static string TypeOf(string file) =>
        file.EndsWith(".css", StringComparison.Ordinal) ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";

    /// <summary>
    /// Allows the page's own files alone: neither injected markup nor another host can run code. Pictures also from X, or from what stands
    /// in for it.
    /// </summary>
    private static string PolicyFor(TwitterOptions twitter) =>
        string.Join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            $"img-src data: blob: {string.Join(' ', PicturesFrom(twitter))}", // its icon, previews, timelines
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'"
        );

    // Where users sign in, pictures are too: at the address that browsers use for the sandbox.
    private static string[] PicturesFrom(TwitterOptions twitter) =>
        twitter.AuthorizeUrl == new TwitterOptions().AuthorizeUrl
            ? [MediaAtX]
            : [MediaAtX, new Uri(twitter.AuthorizeUrl).GetLeftPart(UriPartial.Authority)];
}
