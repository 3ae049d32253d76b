using System.Security.Cryptography;
using System.Text;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The page at the root. It is part of the executable, so there is no folder to lose.</summary>
internal static class HomePage
{
    private const string Resource = "OrleansTwitterProxy.Api.Hosting.HomePage.html";

    public static void MapHomePage(this IEndpointRouteBuilder routes)
    {
        var html = Read();
        var policy = PolicyFor(html);
        routes
            .MapGet("/", (HttpContext context) =>
            {
                var headers = context.Response.Headers;
                headers.ContentSecurityPolicy = policy;
                headers["Referrer-Policy"] = "no-referrer";
                headers.XContentTypeOptions = "nosniff";
                headers.CacheControl = "no-store"; // the address may hold a hand-over code
                return TypedResults.Content(html, "text/html; charset=utf-8");
            })
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private static string Read()
    {
        using var stream = typeof(HomePage).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n"); // browsers hash it so, however it was checked out
    }

    /// <summary>
    /// The page's own script and style by their hashes and nothing else: neither injected markup nor another host can run anything.
    /// </summary>
    private static string PolicyFor(string html) =>
        string.Join(
            "; ",
            "default-src 'none'",
            $"script-src {HashOf("script", html)}",
            $"style-src {HashOf("style", html)}",
            "img-src data:", // its icon
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'"
        );

    private static string HashOf(string element, string html)
    {
        var start = html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var end = html.IndexOf($"</{element}>", start, StringComparison.Ordinal);
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(html[start..end])))}'";
    }
}
