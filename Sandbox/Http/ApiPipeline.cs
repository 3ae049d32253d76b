namespace OrleansTwitterProxy.Sandbox;

/// <summary>The processing of every request to X.</summary>
internal sealed class ApiPipeline(
    BearerAuthentication authentication,
    SandboxFaults faults,
    SandboxLimits limits,
    SandboxCounters counters,
    SandboxCosts costs,
    SandboxOptions options,
    TimeProvider clock,
    CancellationToken stopping
)
{
    private static readonly ApiEndpoint Unknown = Refusing("unknown", ApiReply.Empty(404));
    private static readonly ApiEndpoint WrongMethod = Refusing("wrong-method", ApiErrors.MethodNotAllowed);

    public Task RefuseUnknownAsync(HttpContext http) => RunAsync(http, Unknown);

    public Task RefuseMethodAsync(HttpContext http) => RunAsync(http, WrongMethod);

    /// <summary>
    /// 1. Identify the account, and count the request.
    /// 2. Select a fault; apply its delay and stall.
    /// 3. Respond as the fault says, or authenticate, count the call in its windows, check scopes, handle it and count what it costs.
    /// 4. Apply the fault's effects after handling.
    /// 5. Send the response, complete or broken.
    /// 6. Count the outcome.
    /// </summary>
    public async Task RunAsync(HttpContext http, ApiEndpoint endpoint)
    {
        try
        {
            await PassAsync(http, endpoint);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && IsOver(http))
        {
            http.Abort();
        }
    }

    private async Task PassAsync(HttpContext http, ApiEndpoint endpoint)
    {
        // 1.
        var started = clock.GetTimestamp();
        var (token, isApp) = authentication.Identify(http.Request);
        var call = new ApiCall(http, endpoint) { Token = token, IsApp = isApp };
        var account = endpoint.IdentifyAsync is { } identify ? await identify(call) : token?.Grant.User.Username;
        var path = http.Request.Path.Value ?? "/";
        var key = endpoint.Path.StartsWith('/') ? endpoint.Key : $"{http.Request.Method} {endpoint.Path}";
        var record = counters.Arrived(clock.GetUtcNow(), http.Request.Method, path, key, account);
        var sent = false;
        try
        {
            // 2.
            var scripted = faults.Draw(key, path, account);
            var fault = scripted?.Fault;
            if (scripted is not null)
                await SufferBeforeAsync(scripted, http);

            // 3.
            var reply = await AnswerAsync(call, fault);

            // 4.
            if (fault is { StallAfterEffect: true })
                await StallAsync(faults.Reach(scripted!, announces: !fault.Stall), http);
            if (fault is { LostResponse: true })
            {
                http.Abort();
                return;
            }

            // 5.
            ApiHeaders.WriteCommon(http.Response.Headers, clock.GetElapsedTime(started));
            record.Status = reply.Status;
            sent = true;
            await ReplyWriter.WriteAsync(http, reply, fault);
        }
        finally
        {
            // 6.
            counters.Left(record, sent ? record.Status : 0);
        }
    }

    private async ValueTask<ApiReply> AnswerAsync(ApiCall call, Fault? fault)
    {
        var scripted = fault is null ? null : FaultReplies.Of(fault, call, options.ClientId);
        if (scripted is null && BearerAuthentication.Refuse(call) is { } refusal)
            return refusal;

        var rateKey = call.Endpoint.WindowsOfAsync is { } windowsOf ? await windowsOf(call) : call.Endpoint.Key;
        var isMetered = call.Endpoint.Authentication != ApiAuthentication.None && (call.Token is not null || call.IsApp);
        if (isMetered && scripted is not { FromEdge: true })
        {
            var charge = limits.Take(rateKey, call.Token?.Grant.User.Username);
            if (!charge.Allowed)
                counters.CountOverspent();
            if (limits.SendHeaders)
                ApiHeaders.WriteRates(call.Http.Response.Headers, charge, scripted is { ShowsExhausted: true });
            if (!charge.Allowed && scripted is null)
                return limits.LegacyErrorBody ? ApiErrors.RateLimitedLegacy : ApiErrors.RateLimited;
        }

        if ((scripted ?? BearerAuthentication.RefuseScopes(call)) is { } early)
            return early;
        try
        {
            var reply = await call.Endpoint.Handler(call);
            costs.Add(call.Endpoint, reply);
            return reply;
        }
        catch (BadHttpRequestException exception)
        {
            return ApiReply.Empty(exception.StatusCode);
        }
        catch (InvalidDataException)
        {
            return ApiErrors.BadRequest("The request body could not be read.");
        }
    }

    private async Task SufferBeforeAsync(ScriptedFault scripted, HttpContext http)
    {
        var fault = scripted.Fault;
        var released = faults.Reach(scripted, announces: fault.Stall || !fault.StallAfterEffect);
        if (fault.Delay > TimeSpan.Zero)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
            await Task.Delay(fault.Delay, TimeProvider.System, end.Token);
        }
        if (fault.Stall)
            await StallAsync(released, http);
    }

    /// <summary>Waits for the release, the end of the connection or the stop of the server.</summary>
    private async Task StallAsync(Task released, HttpContext http)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await released.WaitAsync(end.Token);
    }

    private bool IsOver(HttpContext http) => http.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested;

    private static ApiEndpoint Refusing(string name, ApiReply reply) =>
        new("*", name, _ => ValueTask.FromResult(reply)) { Authentication = ApiAuthentication.None };
}
