namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The page at the root. It is part of the executable, so there is no folder to lose.</summary>
internal static class HomePage
{
    private const string Resource = "OrleansTwitterProxy.Api.Hosting.HomePage.html";

    public static void MapHomePage(this IEndpointRouteBuilder routes)
    {
        using var stream = typeof(HomePage).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not embedded.");
        using var reader = new StreamReader(stream);
        var html = reader.ReadToEnd();
        routes.MapGet("/", (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            return TypedResults.Content(html, "text/html; charset=utf-8");
        }).ExcludeFromDescription();
    }
}
