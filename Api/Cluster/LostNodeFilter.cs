using Microsoft.Extensions.Options;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Streams;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Grains.Interfaces.Cluster;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// Handles the loss of the node that was serving a call. The filter repeats a call that is safe to repeat until another node serves it. For
/// any other call it returns a rejection that says whether X may have acted.
/// </summary>
internal sealed partial class LostNodeFilter(
    IOptions<ClusterOptions> options,
    ProxyMetrics metrics,
    TimeProvider timeProvider,
    ILogger<LostNodeFilter> logger
) : IOutgoingGrainCallFilter
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);

    private readonly CallWatch _watch = new(timeProvider);
    private readonly ReportThrottle _lost = new(timeProvider);

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.Grain is not ICallTracker || context.MethodName is nameof(ICallTracker.IsServingAsync))
        {
            await context.Invoke();
            return;
        }

        var started = timeProvider.GetTimestamp();
        var backoff = new Backoff(FirstDelay, MaxDelay);
        while (true)
        {
            if (await TryInvokeAsync(context) is not { } loss)
                return;
            var answer = Answer(context);
            if ((answer.Repeat || UndeliveredMessage.IsProvedBy(loss)) && timeProvider.GetElapsedTime(started) < options.Value.RepeatFor)
            {
                await Task.Delay(backoff.Next(), timeProvider, CallWatch.CallerOf(context)); // one that hung up is not repeated for
                continue;
            }

            metrics.CallLost();
            if (_lost.Count() is { } count)
                LogLost(count, context.MethodName, loss.GetType().Name, loss.Message);
            context.Result = answer.Result;
            return;
        }
    }

    private async Task<Exception?> TryInvokeAsync(IOutgoingGrainCallContext context)
    {
        var caller = CallWatch.CallerOf(context);
        try
        {
            if (!await _watch.InvokeAsync(context))
                return new SiloUnavailableException("The activation that had the call is gone.");
            return context.Response?.Exception is { } failure && LostCall.IsReportedBy(failure, caller) ? failure : null;
        }
        catch (Exception e) when (LostCall.IsReportedBy(e, caller))
        {
            return e;
        }
    }

    // Whether the call may be repeated, and the result to return if it may not or if repeating did not help.
    private static (bool Repeat, object? Result) Answer(IOutgoingGrainCallContext context) =>
        context.MethodName switch
        {
            // Safe with a key: the node that serves the repetition looks up the outcome of the first attempt.
            nameof(IUserSession.SendAsync)
                when context.Request.GetArgument(0) is ForwardRequest { Method: not ("GET" or "HEAD"), IdempotencyKey: not null } => (
                true,
                ForwardResponse.Rejected(
                    new(
                        RejectionReason.OutcomeInDoubt,
                        "The node that served this call was lost. Send it again with the same Idempotency-Key: the proxy finds out whether X has acted, and does it once.",
                        TimeSpan.FromSeconds(2)
                    )
                )
            ),
            nameof(IUserSession.SendAsync) when context.Request.GetArgument(0) is ForwardRequest { Method: not ("GET" or "HEAD") } => (
                false,
                ForwardResponse.Rejected(LostCall.OutcomeUnknown)
            ),
            nameof(IUserSession.SendAsync) => (true, ForwardResponse.Rejected(LostCall.MayBeRepeated)),
            nameof(IUserSession.OpenAsync) => (true, LostCall.MayBeRepeated),
            nameof(IUserSession.GetAsync) or nameof(IUserSession.RefreshAsync) or nameof(IUserSession.HandOverAsync) => (
                true,
                new Result<SessionSnapshot>(null, LostCall.MayBeRepeated)
            ),
            nameof(IUserSession.GetLimitsAsync) => (true, new Result<LimitsSnapshot>(null, LostCall.MayBeRepeated)),
            nameof(IUserSession.DryRunAsync) => (true, new Result<DryRun>(null, LostCall.MayBeRepeated)),
            // If the first attempt succeeded, the repetition returns that the session has ended, as the caller wanted.
            nameof(IUserSession.SignOutAsync) => (true, new Result<SignOutResult>(null, LostCall.MayBeRepeated)),
            nameof(IAccountControl.MaintainAsync) => (true, LostCall.MayBeRepeated),
            nameof(IAccountControl.ListSessionsAsync) => (true, new Result<AccountSessionList>(null, LostCall.MayBeRepeated)),
            nameof(IAccountControl.EndSessionsAsync) => (true, new Result<EndedSessions>(null, LostCall.MayBeRepeated)),
            nameof(IAccountControl.EraseAsync) => (true, new Result<ErasedAccount>(null, LostCall.MayBeRepeated)),
            nameof(ISignIn.BeginAsync) => (false, new Result<SignInStarted>(null, LostCall.MayBeRepeated)),
            // Single use: the repetition continues from the saved state of the sign-in.
            nameof(ISignIn.CompleteAsync) => (true, new SignInOutcome(LostCall.MayBeRepeated, null, null, null)),
            nameof(ISignIn.ExchangeAsync) => (false, new Result<OpenedSession>(null, LostCall.MayBeRepeated)),
            // Safe to repeat: segments keep their index and writes their offset, so the repetition continues from the saved state.
            nameof(IMediaUpload.CreateAsync)
            or nameof(IMediaUpload.GetProgressAsync)
            or nameof(IMediaUpload.WaitForProgressAsync)
            or nameof(IMediaUpload.TakeOverAsync)
            or nameof(IMediaUpload.WriteAsync) => (true, new Result<UploadSnapshot>(null, LostCall.MayBeRepeated)),
            nameof(IEventStream.ReadAsync) => (true, new Result<StreamBatch>(null, LostCall.MayBeRepeated)),
            nameof(IUploadQuota.ReserveUploadAsync) or nameof(IUploadQuota.ReleaseUploadAsync) => (true, LostCall.MayBeRepeated),
            nameof(IMediaUpload.TerminateAsync) or nameof(IMediaUpload.WaitForTakeOverAsync) or nameof(IMediaUpload.DiscardAsync) => (
                true,
                LostCall.MayBeRepeated
            ),
            _ => throw new InvalidOperationException($"{context.MethodName} needs a row here."),
        };

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Nodes were lost with calls in their hands, {Count} since the last line like this; the newest is {Method}: {Exception}: {Cause}"
    )]
    private partial void LogLost(int count, string method, string exception, string cause);
}
