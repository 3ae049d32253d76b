namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// Those who wait for a keyed write. While X has not been called it ends with the last of them; from then on it runs to its end.
/// Thread-safe.
/// </summary>
/// <param name="lifetime">The account's.</param>
internal sealed class Listeners(CancellationToken lifetime) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(lifetime);
    private int _count = 1;
    private bool _isAtX;
    private bool _isOver;

    /// <summary>Cancelled when nobody listens, and X need not be waited for.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <returns>False when the last has left already.</returns>
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
    /// <exception cref="OperationCanceledException">Nobody listens.</exception>
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
            // It has ended in this moment.
        }
    }
}
