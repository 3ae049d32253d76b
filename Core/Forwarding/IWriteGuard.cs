using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>Keeps account of a write's sendings to X.</summary>
internal interface IWriteGuard
{
    /// <summary>X is about to be called, for the first time or once more.</summary>
    /// <returns>Why it must not be; null when it may.</returns>
    /// <exception cref="OperationCanceledException">Nobody waits for the write any more.</exception>
    Task<Rejection?> BeforeSendAsync();

    /// <summary>X has answered that it did not act, and will not be called again at once.</summary>
    Task NotActedAsync();
}
