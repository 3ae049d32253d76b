using System.Net.Sockets;
using OrleansTwitterProxy.Fuzzing.Requests;

namespace OrleansTwitterProxy.Fuzzing.Answers;

/// <summary>A request sent over a connection of its own, and what came of it.</summary>
/// <param name="Answers">What was answered, in order.</param>
/// <param name="End">How it ended.</param>
/// <param name="Elapsed">From the first byte sent.</param>
public sealed record Exchange(IReadOnlyList<Answer> Answers, ExchangeEnd End, TimeSpan Elapsed)
{
    private const int MostKept = 1024 * 1024;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <param name="to">The proxy.</param>
    /// <param name="request">The request.</param>
    /// <param name="bound">How long a whole request's answer may take.</param>
    public static async Task<Exchange> RunAsync(Uri to, MadeRequest request, TimeSpan bound)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(to.Host, to.Port);
        var started = TimeProvider.System.GetTimestamp();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var reading = ReadAsync(socket, request, deadline.Token);
        try
        {
            await WriteAsync(socket, request);
        }
        catch (SocketException)
        {
            // Answered and closed before all was sent.
        }

        if (request.Ending is Ending.Reset)
            socket.Close(0);
        deadline.CancelAfter(request is { IsWhole: true, MayWait: false } ? bound : Moment);
        var (answers, end) = await reading;
        return new(answers, request.Ending is Ending.Reset ? ExchangeEnd.Left : end, TimeProvider.System.GetElapsedTime(started));
    }

    private static async Task WriteAsync(Socket socket, MadeRequest request)
    {
        var size = (request.Bytes.Length / request.Pieces) + 1;
        for (var at = 0; at < request.Bytes.Length; at += size)
        {
            if (at > 0)
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            for (var left = request.Bytes.AsMemory(at, Math.Min(size, request.Bytes.Length - at)); left.Length > 0; )
                left = left[await socket.SendAsync(left, SocketFlags.None)..];
        }

        if (request.Ending is Ending.HalfClose)
            socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<(IReadOnlyList<Answer> Answers, ExchangeEnd End)> ReadAsync(
        Socket socket,
        MadeRequest request,
        CancellationToken deadline
    )
    {
        using var all = new MemoryStream();
        List<Answer> answers = [];
        var chunk = new byte[16 * 1024];
        var at = 0;
        try
        {
            while (await socket.ReceiveAsync(chunk, SocketFlags.None, deadline) is var read && read > 0)
            {
                if (all.Length < MostKept)
                    all.Write(chunk, 0, read);
                Parse(false);
                if (answers.Count >= request.Count)
                    return (answers, ExchangeEnd.Answered);
            }

            Parse(true);
            return (answers, ExchangeEnd.Closed);
        }
        catch (SocketException)
        {
            return (answers, ExchangeEnd.Closed);
        }
        catch (ObjectDisposedException)
        {
            return (answers, ExchangeEnd.Left);
        }
        catch (OperationCanceledException)
        {
            return (answers, all.Length > at ? ExchangeEnd.LateMidway : ExchangeEnd.Late);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return (answers, ExchangeEnd.Unreadable);
        }

        void Parse(bool ended)
        {
            var bytes = all.GetBuffer().AsSpan(0, (int)all.Length);
            while (answers.Count < request.Count && Answer.Read(bytes[at..], request.Method is "HEAD", ended, out var length) is { } answer)
            {
                answers.Add(answer);
                at += length;
            }
        }
    }
}

/// <summary>How an exchange ended.</summary>
public enum ExchangeEnd
{
    /// <summary>Everything was answered.</summary>
    Answered,

    /// <summary>The proxy closed the connection.</summary>
    Closed,

    /// <summary>Nothing came in time.</summary>
    Late,

    /// <summary>An answer began, and did not end in time.</summary>
    LateMidway,

    /// <summary>The client left.</summary>
    Left,

    /// <summary>What came is not HTTP.</summary>
    Unreadable,
}
