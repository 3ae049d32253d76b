namespace OrleansTwitterProxy.Core.Activities;

/// <summary>One event that somebody may have to account for. Never a token, a key or a handle.</summary>
public sealed record AuditEntry
{
    /// <summary>When, and its number; <see cref="AuditLog"/> sets it.</summary>
    public EntryPosition Position { get; init; }

    /// <summary>One of <see cref="AuditActions"/>.</summary>
    public required string Action { get; init; }

    /// <summary>Name of the admin key with which an operator did it; null for what nobody of the operators did.</summary>
    public string? Operator { get; init; }

    /// <summary>The client that it was done through, or that it concerns.</summary>
    public string? ClientId { get; init; }

    /// <summary>X's user id of the account that it concerns.</summary>
    public string? AccountId { get; init; }

    /// <summary>What exactly, in words or numbers; at most <see cref="AuditLog.MaxDetail"/> characters are kept.</summary>
    public string? Detail { get; init; }

    /// <summary>Why, in the operator's words.</summary>
    public string? Reason { get; init; }

    public string? RequestId { get; init; }

    /// <summary>Name of the machine whose process recorded it; <see cref="AuditLog"/> sets it.</summary>
    public string? Node { get; init; }
}

/// <summary>What the audit records. The names are stored: none is ever reused.</summary>
public static class AuditActions
{
    /// <summary>A user has signed in through a client.</summary>
    public const string SignedIn = "signed_in";

    /// <summary>A client has signed a user out.</summary>
    public const string SignedOut = "signed_out";

    /// <summary>X, or the way to it, refused a refresh; the grant may live on.</summary>
    public const string RefreshFailed = "refresh_failed";

    /// <summary>A grant ended without a sign-out: the user must sign in again.</summary>
    public const string GrantLost = "grant_lost";

    /// <summary>X has confirmed the revocation of tokens.</summary>
    public const string TokensRevoked = "tokens_revoked";

    /// <summary>Sessions that an operator wanted to end have ended.</summary>
    public const string SessionsEnded = "sessions_ended";

    /// <summary>An account that an operator wanted to erase is erased.</summary>
    public const string AccountErased = "account_erased";

    // Operators, before it is done.
    public const string IsolateCircuit = "isolate_circuit";
    public const string CloseCircuit = "close_circuit";
    public const string EndSessions = "end_sessions";
    public const string EraseAccount = "erase_account";
    public const string CreateEncryptionKey = "create_encryption_key";
    public const string ReencryptTokens = "reencrypt_tokens";

    /// <summary>An operator has signed in to the console.</summary>
    public const string OperatorSignedIn = "operator_signed_in";

    // Configuration.
    public const string ProcessStarted = "process_started";
    public const string ClientAdded = "client_added";
    public const string ClientRemoved = "client_removed";
    public const string ClientChanged = "client_changed";
    public const string AdminKeyAdded = "admin_key_added";
    public const string AdminKeyRemoved = "admin_key_removed";
    public const string AdminKeyChanged = "admin_key_changed";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        SignedIn,
        SignedOut,
        RefreshFailed,
        GrantLost,
        TokensRevoked,
        SessionsEnded,
        AccountErased,
        IsolateCircuit,
        CloseCircuit,
        EndSessions,
        EraseAccount,
        CreateEncryptionKey,
        ReencryptTokens,
        OperatorSignedIn,
        ProcessStarted,
        ClientAdded,
        ClientRemoved,
        ClientChanged,
        AdminKeyAdded,
        AdminKeyRemoved,
        AdminKeyChanged,
    ];
}
