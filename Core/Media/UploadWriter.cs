namespace OrleansTwitterProxy.Core.Media;

/// <summary>Who may write to an upload, and which of its pieces are under way. One writer at a time; the newest wins.</summary>
internal sealed class UploadWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Task> _pieces = [];
    private CancellationTokenSource _stop = new();
    private string? _id;

    /// <summary>Makes another the writer, or nobody, and returns when nothing of the one before is under way any more.</summary>
    public async Task ReplaceAsync(string? id)
    {
        CancellationTokenSource before;
        Task[] pieces;
        lock (_lock)
        {
            (_id, before, _stop) = (id, _stop, new());
            pieces = [.. _pieces];
        }

        await before.CancelAsync();
        await Task.WhenAll(pieces);
        before.Dispose();
    }

    /// <summary>A piece of a writer's begins. After the loss of an activation nobody is the writer: who comes first is.</summary>
    /// <returns>What to dispose of when it has ended; null when another is the writer.</returns>
    public Piece? Begin(string id)
    {
        lock (_lock)
        {
            _id ??= id;
            if (_id != id)
                return null;
            var piece = new Piece(this, _stop.Token);
            _pieces.Add(piece.Ended);
            return piece;
        }
    }

    /// <summary>
    /// Cancelled when another takes over from this writer; null when another has. Without a writer, who asks counts as it.
    /// </summary>
    public CancellationToken? StoppedOf(string id)
    {
        lock (_lock)
            return _id is null || _id == id ? _stop.Token : null;
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>One piece under way.</summary>
    internal sealed class Piece(UploadWriter writer, CancellationToken stopped) : IDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Fires when another takes over.</summary>
        public CancellationToken Stopped => stopped;

        public Task Ended => _ended.Task;

        public void Dispose()
        {
            lock (writer._lock)
                writer._pieces.Remove(_ended.Task);
            _ended.SetResult();
        }
    }
}
