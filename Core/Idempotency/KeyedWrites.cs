using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// An account's writes that carry a key. In memory are those under way and no others: whoever sends the same one meanwhile joins it. From
/// X on they run to their end under the account's lifetime, for a caller that hangs up must not cancel what another may join.
/// </summary>
internal sealed class KeyedWrites(KeyedWriteScope scope, CallForwarder forwarder)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    /// <summary>Whether writes are under way.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_lock)
                return _flights.Count > 0;
        }
    }

    /// <summary>Sends a write once, whoever sends it again.</summary>
    /// <param name="call">With a key, which is its client's own.</param>
    /// <param name="cancellationToken">The caller hung up. The write goes on, unless X has not been called and nobody else waits for
    /// it.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer before X was asked.</exception>
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

    /// <summary>Waits for the writes under way. Never throws.</summary>
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
            failure = e; // those who wait are told
        }

        lock (_lock)
        {
            if (_flights.GetValueOrDefault(row) == flight)
                _flights.Remove(row); // else nobody waited for it any more, and somebody has begun anew
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
            _ = _end.Task.Exception; // seen, also when nobody waits any more
        }
    }
}

/// <summary>What the keyed writes of one activation share.</summary>
/// <param name="AccountId">X's user id.</param>
/// <param name="Store">The rows, one a key.</param>
/// <param name="Options">How long what is kept.</param>
/// <param name="UpstreamTimeout">How long X may take over a call.</param>
/// <param name="TimeProvider">The clock.</param>
/// <param name="Logger">Told of answers that could not be kept.</param>
/// <param name="Catalogue">Knows the endpoint that tells whether a post is there.</param>
/// <param name="Lifetime">The activation's.</param>
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
    /// <summary>The activation.</summary>
    public string Owner { get; } = Guid.NewGuid().ToString("N");
}
