using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Api.Errors;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>What the generated API description cannot know by itself: title, the two ways to say who is calling, and what a refusal looks like.</summary>
internal static class ApiDescription
{
    private const string Session = "session";
    private const string Client = "client";
    private const string Problem = "Problem";

    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            DescribeDocument(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            DescribeOperation(operation, context.Description.RelativePath ?? "", context.Document!);
            return Task.CompletedTask;
        });
    }

    private static void DescribeDocument(OpenApiDocument document)
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
            [Session] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The session token." },
            [Client] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = CallerCheck.ApiKeyHeader, Description = "The client's API key." },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas[Problem] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "Problem details (RFC 9457).",
            Required = new HashSet<string> { "type", "title", "status", "detail", "reason", "retryable" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = Of(JsonSchemaType.String, $"{Problems.TypePrefix} and the reason."),
                ["title"] = Of(JsonSchemaType.String, "The same for every occurrence."),
                ["status"] = Of(JsonSchemaType.Integer, "The HTTP status."),
                ["detail"] = Of(JsonSchemaType.String, "What happened, and what to do."),
                ["reason"] = Of(JsonSchemaType.String, "The row of docs/errors.md."),
                ["retryable"] = Of(JsonSchemaType.Boolean, "Whether the same call can succeed later."),
                ["retry_after"] = Of(JsonSchemaType.Integer, "Seconds to wait, as in Retry-After."),
                ["errors"] = Of(JsonSchemaType.Object, "Messages by field."),
            },
        };
    }

    private static void DescribeOperation(OpenApiOperation operation, string path, OpenApiDocument document)
    {
        if (path.StartsWith("healthz/", StringComparison.Ordinal)) return;
        if (path.StartsWith("2/", StringComparison.Ordinal))
        {
            operation.Parameters = [new OpenApiParameter { Name = "path", In = ParameterLocation.Path, Required = true, Schema = Of(JsonSchemaType.String, "The rest of X's path.") }];
        }

        if (Scheme(path) is { } scheme) operation.Security = [new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] }];
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "A refusal of the proxy's.",
            Content = new Dictionary<string, OpenApiMediaType> { [Problems.ContentType] = new() { Schema = new OpenApiSchemaReference(Problem, document) } },
        };
    }

    // Who is calling is told by API key where a session begins, and by the session from then on. The callback is called by browsers.
    private static string? Scheme(string path) => path switch
    {
        "v1/auth/authorize" or "v1/auth/exchange" => Client,
        "v1/auth/callback" => null,
        _ => Session,
    };

    private static OpenApiSchema Of(JsonSchemaType type, string description) => new() { Type = type, Description = description };
}
