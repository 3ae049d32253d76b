using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Telemetry;

/// <summary>
/// The proxy's own metrics, one instance per process: every instrument, by what happened. docs/operating/monitoring.md lists them, and a
/// test compares the two. No tag has an account, a path or a text in it: the number of series follows the configuration, not the traffic.
/// </summary>
public sealed class ProxyMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "OrleansTwitterProxy";

    /// <summary>Forwarded calls; the console reads them.</summary>
    public const string CallDuration = "otp.call.duration";

    /// <summary>Forwarded calls by client.</summary>
    public const string ClientCalls = "otp.client.calls";

    /// <summary>Calls that wait.</summary>
    public const string QueuedCalls = "otp.queue.calls";

    private const string Family = "family";
    private const string Outcome = "outcome";
    private const string Client = "client";
    private const string Reason = "reason";

    // Seconds: from a call within the machine to the longest wait in the queue.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
    };

    private readonly Meter _meter;
    private readonly Histogram<double> _calls;
    private readonly Counter<long> _clientCalls;
    private readonly Counter<long> _rejections;
    private readonly Histogram<double> _waits;
    private readonly Histogram<double> _upstream;
    private readonly Histogram<double> _tokenRequests;
    private readonly Counter<long> _lostGrants;
    private readonly Counter<long> _signIns;
    private readonly Counter<long> _failedCredentials;
    private readonly Counter<long> _storageFailures;
    private readonly Counter<long> _lostCalls;
    private readonly Counter<long> _uploads;
    private readonly Counter<long> _uploadedBytes;
    private readonly UpDownCounter<long> _listeners;

    /// <param name="meters">The process's.</param>
    public ProxyMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _calls = Duration(CallDuration, "Forwarded calls, as callers see them");
        _clientCalls = Count(ClientCalls, "{call}", "Forwarded calls by client");
        _rejections = Count("otp.rejections", "{request}", "Requests that the proxy refused, by reason");
        _waits = Duration("otp.queue.duration", "Time in the queue, of calls that waited");
        _upstream = Duration("otp.upstream.duration", "Requests to X's API, one by one");
        _tokenRequests = Duration("otp.token.duration", "Requests to X's token endpoint");
        _lostGrants = Count("otp.lost_grants", "{grant}", "Users who must sign in again, by why their grant ended");
        _signIns = Count("otp.sign_ins", "{sign_in}", "Sign-ins that came back from X, by outcome");
        _failedCredentials = Count("otp.failed_credentials", "{request}", "Requests with a key or token that opens nothing");
        _storageFailures = Count("otp.storage.failures", "{operation}", "Operations that the database refused or did not answer");
        _lostCalls = Count("otp.lost_calls", "{call}", "Calls in the hands of a node that was lost, and not repeated");
        _uploads = Count("otp.uploads", "{upload}", "Uploads that have ended, by outcome");
        _uploadedBytes = Count("otp.uploads.size", "By", "Bytes of uploads that have ended, by outcome");
        _listeners = _meter.CreateUpDownCounter<long>("otp.stream.listeners", "{listener}", "Listeners to X's streams at this front end");
    }

    /// <summary>A forwarded call has its answer.</summary>
    /// <param name="family">Endpoint family.</param>
    /// <param name="client">The client's id.</param>
    /// <param name="outcome">How it ended for the caller.</param>
    /// <param name="took">From the request's arrival.</param>
    /// <param name="waited">In the queue; zero for a call that did not wait.</param>
    public void CallEnded(string family, string client, CallResult outcome, TimeSpan took, TimeSpan waited)
    {
        var name = NameOf(outcome);
        _calls.Record(took.TotalSeconds, new(Family, family), new(Outcome, name));
        _clientCalls.Add(1, new(Client, client), new(Outcome, name));
        if (waited > TimeSpan.Zero)
            _waits.Record(waited.TotalSeconds, new KeyValuePair<string, object?>(Family, family));
    }

    /// <summary>The proxy has refused a request, on any route.</summary>
    /// <param name="slug">The reason as problem details have it: <c>rate_limited</c>.</param>
    public void Rejected(string slug) => _rejections.Add(1, new KeyValuePair<string, object?>(Reason, slug));

    /// <summary>A request to X has ended; one that opens a stream, with its headers.</summary>
    public void UpstreamEnded(string family, UpstreamFault fault, int status, TimeSpan took) =>
        _upstream.Record(took.TotalSeconds, new(Family, family), new(Outcome, UpstreamOutcome(fault, status)));

    /// <summary>A request to X's token endpoint has ended.</summary>
    /// <param name="grantType">OAuth's: <c>refresh_token</c>, <c>authorization_code</c> or <c>client_credentials</c>.</param>
    /// <param name="refusal">Null when X granted.</param>
    /// <param name="took">The request's time.</param>
    public void TokenRequestEnded(string grantType, TokenRefusal? refusal, TimeSpan took)
    {
        var outcome = refusal switch
        {
            null => "granted",
            TokenRefusal.GrantRejected => "rejected",
            TokenRefusal.Misconfigured => "misconfigured",
            TokenRefusal.NotProcessed => "not_processed",
            TokenRefusal.OutcomeUnknown => "unknown",
            _ => throw new UnreachableException(),
        };
        _tokenRequests.Record(took.TotalSeconds, new("grant_type", grantType), new(Outcome, outcome));
    }

    /// <summary>A grant has ended though nobody signed out.</summary>
    public void GrantLost(string reason) => _lostGrants.Add(1, new KeyValuePair<string, object?>(Reason, reason));

    /// <summary>A sign-in has come back from X.</summary>
    /// <param name="refusal">Null when a session was opened.</param>
    public void SignInEnded(RejectionReason? refusal) =>
        _signIns.Add(
            1,
            new KeyValuePair<string, object?>(
                Outcome,
                refusal switch
                {
                    null => "completed",
                    RejectionReason.SignInDenied => "denied",
                    RejectionReason.SignInUnknown or RejectionReason.SignInUsed => "invalid",
                    _ => "failed",
                }
            )
        );

    /// <summary>A request came with a key or token that opens nothing.</summary>
    public void CredentialFailed(string scheme, bool throttled) =>
        _failedCredentials.Add(1, new("kind", scheme), new("throttled", throttled));

    /// <summary>The database has refused an operation, or not answered it.</summary>
    /// <param name="store"><c>sqlite</c> or <c>postgresql</c>.</param>
    public void StorageFailed(string store) => _storageFailures.Add(1, new KeyValuePair<string, object?>("store", store));

    /// <summary>A node was lost with a call in its hands that is not repeated.</summary>
    public void CallLost() => _lostCalls.Add(1);

    /// <summary>An upload has ended.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="bytes">The file's length.</param>
    public void UploadEnded(UploadOutcome outcome, long bytes)
    {
        var tag = new KeyValuePair<string, object?>(
            Outcome,
            outcome switch
            {
                UploadOutcome.Succeeded => "succeeded",
                UploadOutcome.Failed => "failed",
                UploadOutcome.Expired => "expired",
                _ => throw new UnreachableException(),
            }
        );
        _uploads.Add(1, tag);
        _uploadedBytes.Add(bytes, tag);
    }

    /// <summary>Registers the buffers of activity and audit.</summary>
    /// <param name="lost">Called at each reading: entries lost since the start, of activity and of audit.</param>
    /// <param name="waiting">Called at each reading: entries of the audit that wait for the storage.</param>
    public void ObserveEntries(Func<(long Activity, long Audit)> lost, Func<long> waiting)
    {
        _meter.CreateObservableCounter<long>(
            "otp.entries.lost",
            () =>
            {
                var (activity, audit) = lost();
                return
                [
                    new(activity, new KeyValuePair<string, object?>("log", "activity")),
                    new(audit, new KeyValuePair<string, object?>("log", "audit")),
                ];
            },
            "{entry}",
            "Entries of activity and audit that the storage did not take in time"
        );
        Observe("otp.audit.waiting", "{entry}", "Entries of the audit that wait for the storage", () => [new(waiting())]);
    }

    /// <summary>A listener to one of X's streams has come (1) or left (-1).</summary>
    public void ListenersChanged(int by) => _listeners.Add(by);

    /// <summary>Registers what is measured at each reading.</summary>
    /// <param name="name">As docs/operating/monitoring.md has it.</param>
    /// <param name="unit">UCUM, as OpenTelemetry writes it.</param>
    /// <param name="description">A short sentence without a full stop.</param>
    /// <param name="observe">Called at each reading.</param>
    internal void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(name, observe, unit, description);

    /// <summary>How far this process's clock is ahead of another; negative: behind.</summary>
    /// <param name="reference"><c>database</c> or <c>x</c>.</param>
    /// <param name="seconds">Called at each reading.</param>
    public void ObserveClock(string reference, Func<double> seconds) =>
        Observe("otp.clock_offset", "s", "How far this process's clock is ahead of the reference's", () =>
            [new(seconds(), new KeyValuePair<string, object?>("reference", reference))]
        );

    /// <summary>What the checks of <c>/healthz/ready</c> last found.</summary>
    /// <param name="checks">Called at each reading: each check's name, and 1 for ready, 0.5 for degraded, 0 for not ready.</param>
    public void ObserveReadiness(Func<IEnumerable<(string Check, double Value)>> checks) =>
        Observe("otp.readiness", "{state}", "Whether a check lets the process serve: 1 ready, 0.5 degraded, 0 not ready", () =>
            checks().Select(check => new Measurement<double>(check.Value, new KeyValuePair<string, object?>("check", check.Check)))
        );

    private static string NameOf(CallResult outcome) =>
        outcome switch
        {
            CallResult.Success => "success",
            CallResult.ClientError => "client_error",
            CallResult.RateLimited => "rate_limited",
            CallResult.ServerError => "server_error",
            CallResult.Refused => "refused",
            CallResult.Failed => "failed",
            _ => throw new UnreachableException(),
        };

    private static string UpstreamOutcome(UpstreamFault fault, int status) =>
        fault switch
        {
            UpstreamFault.None => status switch
            {
                < 400 => "success",
                429 => "rate_limited",
                < 500 => "client_error",
                _ => "server_error",
            },
            UpstreamFault.Connect => "connect",
            UpstreamFault.Timeout => "timeout",
            UpstreamFault.Broken => "broken",
            UpstreamFault.TooLarge => "too_large",
            UpstreamFault.Cancelled => "cancelled",
            _ => throw new UnreachableException(),
        };

    private Counter<long> Count(string name, string unit, string description) => _meter.CreateCounter<long>(name, unit, description);

    private Histogram<double> Duration(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, tags: null, Durations);
}

/// <summary>How an upload ended.</summary>
public enum UploadOutcome
{
    /// <summary>The media can be attached.</summary>
    Succeeded,

    /// <summary>X, or a limit, refused it for good.</summary>
    Failed,

    /// <summary>Nobody finished it in time.</summary>
    Expired,
}

/// <summary>How a forwarded call ended for its caller.</summary>
public enum CallResult
{
    /// <summary>X's answer of 2xx or 3xx.</summary>
    Success,

    /// <summary>X's answer of 4xx, but for 429.</summary>
    ClientError,

    /// <summary>X's 429.</summary>
    RateLimited,

    /// <summary>X's answer of 5xx.</summary>
    ServerError,

    /// <summary>The proxy's own 4xx: the caller has to change something, or to wait.</summary>
    Refused,

    /// <summary>The proxy's own 5xx: X, the database or a node did not do its part.</summary>
    Failed,
}
