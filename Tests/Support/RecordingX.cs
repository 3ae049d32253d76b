using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Stands between a proxy and its sandbox: keeps every request exactly as X receives it, and answers in X's place where a test wants
/// bytes or headers that the sandbox would not send. The OAuth endpoints are always the sandbox's.
/// </summary>
internal sealed class RecordingX : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedRequest> _received = [];
    private readonly HttpMessageInvoker _toSandbox = new(
        new SocketsHttpHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            UseProxy = false,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        }
    );
    private readonly Uri _sandbox;
    private readonly WebApplication _app;

    private RecordingX(Uri sandbox)
    {
        _sandbox = sandbox;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
                kestrel.Limits.MaxRequestBodySize = null;
            });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Every request since the last <see cref="Forget"/>, in order of arrival.</summary>
    public IReadOnlyList<ReceivedRequest> Calls => [.. _received];

    /// <summary>Answers in X's place while it is set.</summary>
    public RequestDelegate? Answer { get; set; }

    public static async Task<RecordingX> StartAsync(SandboxServer sandbox)
    {
        var recording = new RecordingX(sandbox.BaseAddress);
        await recording._app.StartAsync();
        return recording;
    }

    public void Forget() => _received.Clear();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _toSandbox.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = new ReceivedRequest(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray()
        );
        _received.Enqueue(request);
        try
        {
            await (Answer is { } answer && !request.IsOAuth ? answer(context) : RelayAsync(context, request));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            context.Abort(); // the sandbox broke off, and so does its shadow
        }
    }

    private async Task RelayAsync(HttpContext context, ReceivedRequest request)
    {
        using var relayed = new HttpRequestMessage(
            HttpMethod.Parse(request.Method),
            new Uri(
                _sandbox.GetLeftPart(UriPartial.Authority) + request.Target,
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        );
        if (request.Body.Length > 0 || HttpMethods.IsPost(request.Method))
            relayed.Content = new ByteArrayContent(request.Body);
        foreach (var (name, value) in request.Headers)
        {
            if (name is "Host" or "Content-Length" or "Transfer-Encoding")
                continue;
            if (!relayed.Headers.TryAddWithoutValidation(name, value))
                relayed.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _toSandbox.SendAsync(relayed, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            if (name is not "Transfer-Encoding")
                context.Response.Headers[name] = values.ToArray();
        }

        await response.Content.CopyToAsync(context.Response.Body);
    }
}

/// <summary>A request as X received it.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Target">Path and query, as they stood in the request line.</param>
/// <param name="Headers">Header fields; lines of one name joined.</param>
/// <param name="Body">The bytes.</param>
internal sealed record ReceivedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public bool IsOAuth => Target.StartsWith("/2/oauth2/", StringComparison.Ordinal);
}
