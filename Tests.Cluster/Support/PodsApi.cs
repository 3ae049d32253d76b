using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>What Kubernetes' API server says of pods, and no more: read, patch labels, list, and watch.</summary>
internal sealed class PodsApi : IAsyncDisposable
{
    public const string Namespace = "otp";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, string>> _pods = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Channel<string>> _watchers = [];

    private PodsApi(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <summary>Labels of a pod.</summary>
    public IReadOnlyDictionary<string, string> Labels(string pod) => _pods[pod];

    public static async Task<PodsApi> StartAsync(params string[] pods)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var api = new PodsApi(builder.Build());
        foreach (var pod in pods)
            api._pods[pod] = new(StringComparer.Ordinal);
        api._app.Run(api.AnswerAsync);
        await api._app.StartAsync();
        return api;
    }

    /// <summary>The pod is gone, and whoever watches is told.</summary>
    public void Delete(string name)
    {
        var pod = Pod(name);
        _pods.TryRemove(name, out _);
        foreach (var watcher in _watchers)
            watcher.Writer.TryWrite(JsonSerializer.Serialize(new { type = "DELETED", @object = pod }));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers)
            watcher.Writer.TryComplete();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        const string Root = $"/api/v1/namespaces/{Namespace}/pods";
        var (path, response) = (context.Request.Path.Value!, context.Response);
        response.ContentType = "application/json";
        if (path == Root && context.Request.Query["watch"] == "true")
            await WatchAsync(context);
        else if (path == Root)
            await response.WriteAsync(
                JsonSerializer.Serialize(
                    new
                    {
                        kind = "PodList",
                        apiVersion = "v1",
                        metadata = new { },
                        items = _pods.Keys.Select(Pod),
                    }
                )
            );
        else if (_pods.TryGetValue(path[(Root.Length + 1)..], out var labels))
        {
            if (context.Request.Method == HttpMethods.Patch)
            {
                using var patch = await JsonDocument.ParseAsync(context.Request.Body);
                foreach (var label in patch.RootElement.GetProperty("metadata").GetProperty("labels").EnumerateObject())
                    labels[label.Name] = label.Value.GetString()!;
            }

            await response.WriteAsync(JsonSerializer.Serialize(Pod(path[(Root.Length + 1)..])));
        }
        else
        {
            response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private async Task WatchAsync(HttpContext context)
    {
        var events = Channel.CreateUnbounded<string>();
        _watchers.Add(events);
        await context.Response.StartAsync();
        try
        {
            await foreach (var line in events.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(line + "\n");
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The silo has stopped watching.
        }
    }

    private object Pod(string name) =>
        new
        {
            kind = "Pod",
            apiVersion = "v1",
            metadata = new
            {
                name,
                @namespace = Namespace,
                labels = _pods.GetValueOrDefault(name),
            },
        };
}
