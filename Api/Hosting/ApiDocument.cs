using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// The API description. It is the same for every caller, and it takes 20 ms of processor time to make. So it is made once, on the first
/// request, and has an ETag.
/// </summary>
internal static class ApiDocument
{
    private const string Name = "v1";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, ApiDescription.Describe);

    public static void MapApiDocument(this WebApplication app)
    {
        var document = new Lazy<Task<Written>>(() => WriteAsync(app.Services));
        app.MapGet($"/openapi/{Name}.json", async () =>
            {
                var (json, tag) = await document.Value;
                return TypedResults.Bytes(json, "application/json; charset=utf-8", entityTag: tag);
            })
            .AllowAnonymous()
            .WithTags("Description")
            .WithSummary("This description")
            .Produces<JsonElement>()
            .Produces(StatusCodes.Status304NotModified);
    }

    private static async Task<Written> WriteAsync(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var provider = scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name);
        var document = await provider.GetOpenApiDocumentAsync();
        var json = Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));
        return new(json, new($"\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 16))}\""));
    }

    private sealed record Written(byte[] Json, EntityTagHeaderValue Tag);
}
