using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Adds what the generated API description lacks: the title, the three authentication schemes and the routes that use each, and the format
/// of errors.
/// </summary>
internal static class ApiDescription
{
    private const string Problem = "Problem";

    private const string Session = "session";
    private const string Client = "client";
    private const string Operator = "operator";

    // Names in the document, by authentication scheme; each of several suffices.
    private static readonly Dictionary<string, string[]> SecurityNames = new(StringComparer.Ordinal)
    {
        [ProxySchemes.Session] = [Session],
        [ProxySchemes.ApiKey] = [Client],
        [ProxySchemes.Call] = [Session, Client],
        [ProxySchemes.AdminKey] = [Operator],
    };

    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer(
            (document, context, _) =>
            {
                DescribeDocument(document, context.ApplicationServices.GetRequiredService<IOptions<ProxyOptions>>().Value.PublicUrl);
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(
            async (operation, context, _) =>
            {
                DescribeOperation(operation, context.Description.RelativePath ?? "", context.Document!);
                operation.Security = await SecurityAsync(context);
            }
        );
    }

    private static void DescribeDocument(OpenApiDocument document, string? publicUrl)
    {
        // Never the Host of whoever asked. "/" is where the document was found.
        document.Servers = [new() { Url = publicUrl?.TrimEnd('/') ?? "/" }];
        document.Info = new()
        {
            Title = "OrleansTwitterProxy",
            Version = "v1",
            Description =
                "A self-hosted proxy for the X (Twitter) API. Errors are RFC 9457 problem details; docs/reference/errors.md lists them.",
        };
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Session] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The session token.",
            },
            [Client] = KeyIn(ApiKeyAuthentication.Header, "The client's API key."),
            [Operator] = KeyIn(AdminKeyAuthentication.Header, "An operator's admin key; it may also be the password of HTTP Basic."),
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
                ["reason"] = Of(JsonSchemaType.String, "The row of docs/reference/errors.md."),
                ["retryable"] = Of(JsonSchemaType.Boolean, "Whether the same call can succeed later."),
                ["retry_after"] = Of(JsonSchemaType.Integer, "Seconds to wait, as in Retry-After."),
                ["errors"] = Of(JsonSchemaType.Object, "Messages by field."),
            },
        };
    }

    private static void DescribeOperation(OpenApiOperation operation, string path, OpenApiDocument document)
    {
        if (path.StartsWith("healthz/", StringComparison.Ordinal))
            return;
        if (path.StartsWith("2/", StringComparison.Ordinal))
        {
            operation.Parameters =
            [
                new OpenApiParameter
                {
                    Name = "path",
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = Of(JsonSchemaType.String, "The rest of X's path."),
                },
            ];
        }

        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "A refusal by the proxy.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Problems.ContentType] = new() { Schema = new OpenApiSchemaReference(Problem, document) },
            },
        };
    }

    // The schemes of the route's policies, combined as authorization combines them; null for anonymous callers.
    private static async Task<List<OpenApiSecurityRequirement>?> SecurityAsync(OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<IAllowAnonymous>().Any())
            return null;
        var policies = context.ApplicationServices.GetRequiredService<IAuthorizationPolicyProvider>();
        var policy = await AuthorizationPolicy.CombineAsync(policies, metadata.OfType<IAuthorizeData>());
        return policy
            ?.AuthenticationSchemes.SelectMany(scheme => SecurityNames[scheme])
            .Select(name => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(name, context.Document)] = [] })
            .ToList();
    }

    private static OpenApiSecurityScheme KeyIn(string header, string description) =>
        new()
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = header,
            Description = description,
        };

    private static OpenApiSchema Of(JsonSchemaType type, string description) => new() { Type = type, Description = description };
}
