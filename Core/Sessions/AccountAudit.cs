using System.Text.Json;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What the audit is told of one account, after it has happened. Nothing waits for it.</summary>
internal sealed class AccountAudit(string accountId, AuditLog audit, LostGrants lost)
{
    private long? _failing; // version of the pair whose refresh has failed

    public void SignedOut(string? clientId, int ended, int left) =>
        Note(AuditActions.SignedOut, $"sessions ended {ended}, left {left}", clientId);

    /// <summary>Of the failures in a row only the first is kept: X may be away for long, and every account tries again.</summary>
    /// <param name="version">Version of the pair that was to be replaced.</param>
    /// <param name="refusal">Why it was not.</param>
    public void RefreshFailed(long version, TokenRefusal refusal)
    {
        if (_failing == version)
            return;
        _failing = version;
        Note(AuditActions.RefreshFailed, Word(refusal));
    }

    /// <param name="state">Why it ended: anything but active.</param>
    public void GrantLost(GrantState state)
    {
        lost.Note(accountId, state);
        Note(AuditActions.GrantLost, Word(state));
    }

    public void TokensRevoked(int count) => Note(AuditActions.TokensRevoked, $"tokens {count}");

    /// <summary>By an operator, whose name is in the entry before.</summary>
    public void SessionsEnded(int ended, int left) => Note(AuditActions.SessionsEnded, $"sessions ended {ended}, left {left}");

    /// <summary>By an operator, whose name is in the entry before.</summary>
    public void Erased(int keyedWrites, int uploads) => Note(AuditActions.AccountErased, $"keyed writes {keyedWrites}, uploads {uploads}");

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private void Note(string action, string detail, string? clientId = null) =>
        audit.Note(
            new()
            {
                Action = action,
                AccountId = accountId,
                ClientId = clientId,
                Detail = detail,
            }
        );
}
