using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using OrleansTwitterProxy.Api.Clients;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>What the generated API description cannot know by itself: title, and the two ways to say who is calling.</summary>
internal static class OpenApiDocument
{
    public static void Describe(OpenApiOptions options) => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new()
        {
            Title = "OrleansTwitterProxy",
            Version = "v1",
            Description = "A self-hosted proxy for the X (Twitter) API. Errors are RFC 9457 problem details; docs/errors.md lists them.",
        };
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["session"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The session token." },
            ["client"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = CallerCheck.ApiKeyHeader, Description = "The client's API key." },
        };
        return Task.CompletedTask;
    });
}
