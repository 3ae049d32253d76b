using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>A request body in memory, up to the limit. It counts in the budget until it is disposed.</summary>
/// <param name="Bytes">The body; empty for none.</param>
/// <param name="Rejection">BodyTooLarge, or ProxyBusy when the budget is used up; null when the body is there.</param>
/// <param name="Counted">What takes it out of the budget.</param>
internal readonly record struct RequestBody(ReadOnlyMemory<byte> Bytes, Rejection? Rejection, IDisposable? Counted) : IDisposable
{
    /// <summary>Reads the body as it arrives. One of a declared small length is read into memory of this length.</summary>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, BodyBudget budget)
    {
        var (request, aborted) = (context.Request, context.RequestAborted);
        var declared = request.ContentLength;
        if (
            declared == 0
            || (declared is null && !request.Headers.ContainsKey("Transfer-Encoding") && request.Protocol == HttpProtocol.Http11)
        )
            return default;
        if (declared > TwitterClient.MaxBodyBytes)
            return new(default, ProblemResponses.TooLarge(context), null);
        if (declared <= BodyBuffer.AtOnce)
        {
            if (!budget.TryTake(declared.Value))
                return new(default, BodyBudget.UsedUp(), null);
            var counted = new Share(budget, declared.Value);
            try
            {
                var exact = new byte[declared.Value];
                await request.Body.ReadExactlyAsync(exact, aborted);
                return new(exact, null, counted);
            }
            catch
            {
                counted.Dispose();
                throw;
            }
        }

        var buffer = new BodyBuffer(budget, (int)(declared ?? TwitterClient.MaxBodyBytes + 1));
        var rejection = await FillAsync(context, buffer);
        if (rejection is null)
        {
            buffer.IsShared = true; // with the call, which may outlast its caller
            return new(buffer.Written, null, buffer);
        }

        buffer.Dispose();
        return new(default, rejection, null);
    }

    public void Dispose() => Counted?.Dispose();

    private static async ValueTask<Rejection?> FillAsync(HttpContext context, BodyBuffer buffer)
    {
        try
        {
            while (buffer.Length < buffer.Longest)
            {
                if (!buffer.TryGetRoom(out var room))
                    return BodyBudget.UsedUp();
                var read = await context.Request.Body.ReadAsync(room, context.RequestAborted);
                if (read == 0)
                    break;
                buffer.Advance(read);
            }

            return buffer.Length > TwitterClient.MaxBodyBytes ? ProblemResponses.TooLarge(context) : null;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private sealed class Share(BodyBudget budget, long bytes) : IDisposable
    {
        public void Dispose() => budget.Return(bytes);
    }
}
