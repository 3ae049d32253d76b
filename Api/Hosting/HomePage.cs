using System.Security.Cryptography;
using System.Text;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The page at the root. It is embedded in the executable, so no file has to be deployed.</summary>
internal static class HomePage
{
    private const string Resource = "OrleansTwitterProxy.Api.Hosting.HomePage.html";

    public static void MapHomePage(this IEndpointRouteBuilder routes)
    {
        var html = Read();
        var policy = PolicyFor(html);
        routes
            .MapMethods("/", [HttpMethods.Get, HttpMethods.Head], (HttpContext context) =>
            {
                context.Response.Headers.ContentSecurityPolicy = policy;
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
        return reader.ReadToEnd().ReplaceLineEndings("\n"); // browsers hash the text with \n, whatever line endings the checkout has
    }

    /// <summary>Allows only the page's own script and style, by hash: neither injected markup nor another host can run code.</summary>
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
