using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>Creates the sign-in objects of one process, and holds what they share.</summary>
public sealed partial class SignInFactory(
    IDataProtectionProvider dataProtection,
    TokenVault vault,
    TokenEndpoint tokenEndpoint,
    SignInAtTwitter twitter,
    IOptions<SignInOptions> options,
    AuditLog audit,
    TimeProvider timeProvider,
    ILogger<SignInFlow> logger
)
{
    /// <summary>Id of this process in the records that it writes.</summary>
    internal string Owner { get; } = Guid.NewGuid().ToString("N");

    internal IDataProtector Protector { get; } = dataProtection.CreateProtector("OrleansTwitterProxy.CodeVerifier.v1");

    internal TokenVault Vault => vault;

    internal TokenEndpoint TokenEndpoint => tokenEndpoint;

    internal SignInAtTwitter Twitter => twitter;

    internal SignInOptions Options { get; } = options.Value;

    internal TimeProvider TimeProvider => timeProvider;

    /// <summary>How long a sign-in is kept.</summary>
    public TimeSpan PendingLifetime => Options.PendingLifetime;

    /// <summary>Creates the object of one sign-in.</summary>
    /// <param name="state">The OAuth state that identifies it.</param>
    /// <param name="sessions">Finds the session object of an account.</param>
    /// <param name="store">The grain's store.</param>
    public SignInFlow Create(string state, SessionLocator sessions, IRecordStore<SignInRecord> store) => new(state, sessions, store, this);

    /// <summary>Tells of a sign-in that has succeeded.</summary>
    internal void NoteSignedIn(string accountId, string clientId)
    {
        LogSignedIn(accountId, clientId);
        audit.Note(
            new()
            {
                Action = AuditActions.SignedIn,
                AccountId = accountId,
                ClientId = clientId,
            }
        );
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Account {AccountId} signed in through client {ClientId}")]
    private partial void LogSignedIn(string accountId, string clientId);
}
