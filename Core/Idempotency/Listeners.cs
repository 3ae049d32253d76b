namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// The callers that wait for a keyed write. Before X is called, the write is cancelled when the last of them leaves; afterwards it runs to
/// its end. Thread-safe.
/// </summary>
/// <param name="lifetime">Cancelled at the end of the account's activation.</param>
internal sealed class Listeners(CancellationToken lifetime) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(lifetime);
    private int _count = 1;
    private bool _isAtX;
    private bool _isOver;

    /// <summary>Cancelled when no caller waits and X is not being called.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <returns>False when the last caller has already left.</returns>
    public bool TryJoin()
    {
        lock (_lock)
        {
            if (_isOver)
                return false;
            _count++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock)
            _count--;
        EndIfAlone();
    }

    /// <summary>X is about to be called.</summary>
    /// <exception cref="OperationCanceledException">No caller waits.</exception>
    public void EnterX()
    {
        lock (_lock)
        {
            _gone.Token.ThrowIfCancellationRequested();
            if (_isOver)
                throw new OperationCanceledException(_gone.Token);
            _isAtX = true;
        }
    }

    /// <summary>X has not acted.</summary>
    public void LeaveX()
    {
        lock (_lock)
            _isAtX = false;
        EndIfAlone();
    }

    /// <summary>The write has ended.</summary>
    public void Dispose()
    {
        lock (_lock)
            _isOver = true;
        _gone.Dispose();
    }

    private void EndIfAlone()
    {
        lock (_lock)
        {
            if (_isOver || _isAtX || _count > 0)
                return;
            _isOver = true;
        }

        try
        {
            _gone.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The write has just ended.
        }
    }
}
