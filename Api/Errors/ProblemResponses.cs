using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Net.Http.Headers;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Errors;

/// <summary>
/// Gives the framework's own refusals (404, 405, 413, 415, unreadable bodies) and unhandled exceptions the one error format.
/// </summary>
public static partial class ProblemResponses
{
    public static void AddProblemResponses(this IServiceCollection services)
    {
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.TryAddSingleton<ProxyMetrics>(); // counts refusals
        services.AddExceptionHandler<LostCallHandler>();
        services.AddExceptionHandler<Handler>();
        services.AddProblemDetails(); // UseExceptionHandler requires a fallback; Handler handles every exception itself
    }

    public static void UseProblemResponses(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(static context => WriteStatusAsync(context.HttpContext));
    }

    private static Task WriteStatusAsync(HttpContext context)
    {
        // The framework's JSON binding leaves a bare 400 when the caller has hung up in the middle of the body. Kestrel would try to read
        // the rest, and log its failure as an error.
        if (context is { Response.StatusCode: StatusCodes.Status400BadRequest } && context.GetEndpoint() is RouteEndpoint)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        return Problems.WriteAsync(context, OfStatus(context));
    }

    private static Rejection OfStatus(HttpContext context) =>
        context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => new(
                RejectionReason.NotFound,
                $"There is no route {context.Request.Path}. /openapi/v1.json lists the routes."
            ),
            StatusCodes.Status405MethodNotAllowed => new(
                RejectionReason.MethodNotAllowed,
                $"{context.Request.Path} allows {context.Response.Headers.Allow}."
            ),
            StatusCodes.Status413PayloadTooLarge => TooLarge(context),
            StatusCodes.Status415UnsupportedMediaType => new(
                RejectionReason.UnsupportedMediaType,
                "Send JSON, with Content-Type: application/json."
            ),
            _ => new(RejectionReason.InvalidRequest, "The request cannot be read."),
        };

    /// <summary>The body exceeds the route's limit, which the message names.</summary>
    public static Rejection TooLarge(HttpContext context) =>
        new(
            RejectionReason.BodyTooLarge,
            $"Bodies may have up to {context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? TwitterClient.MaxBodyBytes} bytes here. Upload larger media in segments."
        );

    private sealed partial class Handler(ILogger<Handler> logger) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            switch (exception)
            {
                // The client has disconnected. The last two exceptions may come before RequestAborted is cancelled.
                case OperationCanceledException or IOException when httpContext.RequestAborted.IsCancellationRequested:
                case ConnectionResetException or ConnectionAbortedException:
                    httpContext.Abort(); // otherwise Kestrel tries to drain the body and logs its failure as an error
                    break;
                case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                    await Problems.WriteAsync(httpContext, TooLarge(httpContext));
                    break;
                case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                    await Problems.WriteAsync(
                        httpContext,
                        new(
                            RejectionReason.RequestTooSlow,
                            "The body came more slowly than 240 bytes per second. X was not called. Send it again."
                        )
                    );
                    break;
                case BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType }:
                    await Problems.WriteAsync(
                        httpContext,
                        new(RejectionReason.UnsupportedMediaType, "Send JSON, with Content-Type: application/json.")
                    );
                    break;
                case IOException or InvalidOperationException when IsOfReadingChunks(exception):
                    await Problems.WriteAsync(httpContext, new(RejectionReason.InvalidRequest, "The request's body cannot be read."));
                    break;
                // The framework throws this before it reads a body in a charset that it does not know.
                case InvalidOperationException when NamesUnknownCharset(httpContext.Request):
                    await Problems.WriteAsync(httpContext, new(RejectionReason.UnsupportedMediaType, "Send JSON in UTF-8."));
                    break;
                case BadHttpRequestException { InnerException: JsonException json }:
                    await ProblemResult.Invalid(FieldOf(json), "the JSON does not match the expected format.").ExecuteAsync(httpContext);
                    break;
                case BadHttpRequestException bad when Unbound().Match(bad.Message) is { Success: true } match:
                    await ProblemResult
                        .Invalid(match.Groups["name"].Value, "it is missing, or has no valid value.")
                        .ExecuteAsync(httpContext);
                    break;
                case BadHttpRequestException bad when bad.GetType() == typeof(BadHttpRequestException) && TakesBody(httpContext):
                    await ProblemResult.Invalid("body", "send a JSON body; /openapi/v1.json describes it.").ExecuteAsync(httpContext);
                    break;
                case BadHttpRequestException bad:
                    await Problems.WriteAsync(httpContext, new(RejectionReason.InvalidRequest, bad.Message));
                    break;
                default:
                    LogUnhandled(
                        exception,
                        httpContext.Request.Method,
                        httpContext.GetEndpoint()?.DisplayName,
                        httpContext.TraceIdentifier
                    );
                    await Problems.WriteAsync(httpContext, new(RejectionReason.InternalError, "The proxy failed; its log has the cause."));
                    break;
            }

            return true;
        }

        // Kestrel throws others than BadHttpRequestException for a chunk size beyond 32 bits and for trailers that are not UTF-8.
        private static bool IsOfReadingChunks(Exception exception) =>
            exception is not BadHttpRequestException and { Source: "Microsoft.AspNetCore.Server.Kestrel.Core", StackTrace: { } trace }
            && trace.Contains("ChunkedEncodingMessageBody", StringComparison.Ordinal);

        private static bool NamesUnknownCharset(HttpRequest request)
        {
            if (
                !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
                || !type.Parameters.Any(parameter => parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase))
            )
                return false;
            try
            {
                return type.Encoding is null;
            }
            catch (ArgumentException)
            {
                return true;
            }
        }

        // An empty body, or null in JSON. Kestrel's own exceptions are of a derived type.
        private static bool TakesBody(HttpContext context) =>
            context.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.Metadata.GetMetadata<IAcceptsMetadata>() is not null;

        // Of the framework's binding: a part of the path, the query or a header.
        [GeneratedRegex(
            @"^(Failed to bind parameter|Required parameter) ""(.* )?(?<name>\w+)"" (from|was not provided from (query|route|header))"
        )]
        private static partial Regex Unbound();

        // "$.scopes[0]" gives scopes[0]; a body that is not JSON has no usable path.
        private static string FieldOf(JsonException json) => json.Path is { Length: > 2 } path ? path[2..] : "body";

        [LoggerMessage(Level = LogLevel.Error, Message = "Unhandled exception in {Method} {Endpoint}, request {RequestId}")]
        private partial void LogUnhandled(Exception exception, string method, string? endpoint, string requestId);
    }
}
