using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Step 4 of a call: do the scopes of a live session suffice?</summary>
internal static class Admission
{
    /// <param name="record">The account.</param>
    /// <param name="live">Its session.</param>
    /// <param name="request">The call.</param>
    /// <param name="endpoint">Where it goes.</param>
    /// <returns>The call, or ScopeMissing.</returns>
    public static Result<AdmittedCall> Of(SessionRecord record, LiveSession live, ForwardRequest request, Endpoint endpoint)
    {
        var isSure = endpoint.Scopes.Count > 0;
        foreach (var scope in endpoint.Scopes)
        {
            var isGranted = record.Grant?.Scopes.Contains(scope) is not false;
            if (!isGranted && endpoint.LeavesScopesToX)
            {
                isSure = false;
                continue;
            }

            if (!live.Scopes.Contains(scope))
                return new Rejection(
                    RejectionReason.ScopeMissing,
                    $"{endpoint.Key} needs the scope {scope}, which this session was not granted. Sign in again asking for it."
                );
            if (!isGranted)
                return new Rejection(
                    RejectionReason.ScopeMissing,
                    $"{endpoint.Key} needs the scope {scope}, which the account's newest sign-in did not grant (docs/decisions/0004). Sign in again asking for it."
                );
        }

        // The account's sessions share one token. Where it is not known for sure what an endpoint needs, only a session that may
        // do all the token can may call it: else a client would reach through another's consent.
        if (!isSure && record.Grant?.Scopes.FirstOrDefault(scope => !live.Scopes.Contains(scope)) is { } beyond)
        {
            return new Rejection(
                RejectionReason.ScopeMissing,
                $"{endpoint.Key} may need {beyond}, which another client was granted and this session was not. Sign in again asking for it."
            );
        }

        var isShared = record.Sessions.Any(session => session.ClientId != live.ClientId);
        return new AdmittedCall(request, endpoint, live.ClientId, isShared);
    }
}
