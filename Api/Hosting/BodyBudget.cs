using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// How many bytes of request bodies this process holds, and their bound (<see cref="ProxyOptions.MaxBodyBytes"/>). A body is counted from
/// its first byte until its request has ended. Thread-safe.
/// </summary>
public sealed class BodyBudget(IOptions<ProxyOptions> options)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly long _limit = options.Value.MaxBodyBytes ?? DefaultLimit(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    private long _held;

    /// <summary>Bytes that are held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>A quarter of the memory, 32 to 256 MiB.</summary>
    internal static long DefaultLimit(long memory) => Math.Clamp(memory / 4, ProxyOptions.LeastBodyBytes, 256L << 20);

    /// <summary>Takes bytes; <see cref="Return"/> gives them back.</summary>
    /// <returns>False when the bound would be exceeded; nothing is taken then.</returns>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= _limit)
            return true;
        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _held, -bytes);

    /// <summary>What a caller is told for whose body there is no room.</summary>
    internal static Rejection UsedUp() =>
        new(
            RejectionReason.ProxyBusy,
            $"The proxy holds as many bytes of requests as it may ({ProxyOptions.Section}:{nameof(ProxyOptions.MaxBodyBytes)}). X was not called. Send it again.",
            Pause
        );
}

/// <summary>The budget of routes that read a whole small body.</summary>
internal static class SmallBodyBudget
{
    /// <summary>
    /// Counts what a small body declares, or its bound, while its request lasts. Runs after authorization: who may not call takes nothing.
    /// </summary>
    public static void UseSmallBodyBudget(this WebApplication app)
    {
        var budget = app.Services.GetRequiredService<BodyBudget>();
        app.Use(
            (context, next) =>
                context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize is { } longest
                && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
                    ? CountedAsync(context, next, budget, Math.Min(context.Request.ContentLength ?? longest, longest))
                    : next(context)
        );
    }

    private static async Task CountedAsync(HttpContext context, RequestDelegate next, BodyBudget budget, long bytes)
    {
        if (!budget.TryTake(bytes))
        {
            await Problems.WriteAsync(context, BodyBudget.UsedUp());
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            budget.Return(bytes);
        }
    }
}
