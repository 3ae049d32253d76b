using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// An account's keyed writes. Only those in flight are in memory; a caller that sends the same write meanwhile joins it. Once X has been
/// called, a write runs to its end under the account's lifetime, because a caller that disconnects must not cancel a write that another
/// caller may join.
/// </summary>
internal sealed class KeyedWrites(KeyedWriteScope scope, CallForwarder forwarder)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    /// <summary>Sends a write once, however often callers send it.</summary>
    /// <param name="call">The call with its key, which is scoped to the client.</param>
    /// <param name="cancellationToken">Cancelled when the caller disconnects. The write continues, unless X has not been called and no
    /// other caller waits.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer before X was called.</exception>
    public async Task<ForwardResponse> SendAsync(AdmittedCall call, CancellationToken cancellationToken)
    {
        var row = IdempotencyKey.RowOf(scope.AccountId, call.ClientId, call.Request.IdempotencyKey!);
        var fingerprint = RequestFingerprint.Of(call.Request);
        Flight? flight;
        bool joins;
        lock (_lock)
        {
            joins = _flights.TryGetValue(row, out flight) && flight.Listeners.TryJoin();
            if (!joins)
                _flights[row] = flight = new(fingerprint, new(scope.Lifetime));
        }

        try
        {
            if (!joins)
                _ = RunAsync(row, flight!, new(scope, call, fingerprint, new(scope, row, fingerprint, flight!.Listeners), forwarder));
            else if (flight!.Fingerprint != fingerprint)
                return ForwardResponse.Rejected(IdempotentCall.KeyReused());
            var response = await flight.Task.WaitAsync(cancellationToken);
            return joins && response.Rejection is null ? StoredResponse.Of(response).Replay() : response;
        }
        finally
        {
            flight!.Listeners.Leave();
        }
    }

    /// <summary>Waits for the writes in flight. Never throws.</summary>
    public Task WhenIdleAsync()
    {
        Task[] flights;
        lock (_lock)
            flights = [.. _flights.Values.Select(flight => flight.Task)];
        return Task.WhenAll(flights)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunAsync(string row, Flight flight, IdempotentCall call)
    {
        ForwardResponse? response = null;
        Exception? failure = null;
        try
        {
            response = await call.RunAsync(flight.Listeners.Gone);
        }
        catch (Exception e)
        {
            failure = e; // thrown to the waiting callers by End
        }

        lock (_lock)
        {
            if (_flights.GetValueOrDefault(row) == flight)
                _flights.Remove(row); // otherwise all callers had left, and a new write has replaced this one
        }

        flight.Listeners.Dispose();
        flight.End(response, failure);
    }

    private sealed class Flight(string fingerprint, Listeners listeners)
    {
        private readonly TaskCompletionSource<ForwardResponse> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Fingerprint => fingerprint;

        public Listeners Listeners => listeners;

        public Task<ForwardResponse> Task => _end.Task;

        public void End(ForwardResponse? response, Exception? failure)
        {
            if (response is not null)
            {
                _end.SetResult(response);
                return;
            }

            _end.SetException(failure!);
            _ = _end.Task.Exception; // marks it as observed, also when no caller waits
        }
    }
}

/// <summary>Shared by the keyed writes of one activation.</summary>
/// <param name="AccountId">X's user id.</param>
/// <param name="Store">The rows, one per key.</param>
/// <param name="Options">Retention and retry times.</param>
/// <param name="UpstreamTimeout">How long X may take over a call.</param>
/// <param name="TimeProvider">The clock.</param>
/// <param name="Logger">Logs responses that could not be saved.</param>
/// <param name="Catalogue">Has the endpoint that shows whether a post exists.</param>
/// <param name="Lifetime">Cancelled at the end of the activation.</param>
internal sealed record KeyedWriteScope(
    string AccountId,
    IRecordStore<IdempotencyRecord> Store,
    IdempotencyOptions Options,
    TimeSpan UpstreamTimeout,
    TimeProvider TimeProvider,
    ILogger Logger,
    EndpointCatalogue Catalogue,
    CancellationToken Lifetime
)
{
    /// <summary>Id of the activation.</summary>
    public string Owner { get; } = Guid.NewGuid().ToString("N");
}
