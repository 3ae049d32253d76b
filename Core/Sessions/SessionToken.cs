namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What a client holds after sign-in, opened: which session of which account, and the client it was given to.</summary>
public sealed record SessionToken(string AccountId, string SessionId, string ClientId)
{
    public override string ToString() => $"[session token of account {AccountId}]";
}
