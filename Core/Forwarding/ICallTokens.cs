using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>The access tokens with which one caller's calls go to X: an account's, or the app's own.</summary>
internal interface ICallTokens
{
    /// <summary>Step 7 of a call: a token that has not expired, or why there is none.</summary>
    ValueTask<(LiveToken Token, Rejection? Rejection)> GetAsync(CancellationToken cancellationToken);

    /// <summary>X refused a token with 401: replaces it, once, unless another would be refused too.</summary>
    /// <returns>Whether there is a newer token to try; or why the caller can send nothing any more.</returns>
    ValueTask<(bool Replaced, Rejection? Rejection)> ReplaceAsync(LiveToken refused, CancellationToken cancellationToken);
}
