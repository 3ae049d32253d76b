using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>Makes the sign-in objects of one process, and holds what they share.</summary>
public sealed partial class SignInFactory(
    IRecordStore<SignInRecord> store,
    IDataProtectionProvider dataProtection,
    TokenVault vault,
    TokenEndpoint tokenEndpoint,
    SignInAtTwitter twitter,
    IOptions<SignInOptions> options,
    TimeProvider timeProvider,
    ILogger<SignInFlow> logger)
{
    internal IRecordStore<SignInRecord> Store => store;

    /// <summary>Names this process in the records it works on.</summary>
    internal string Owner { get; } = Guid.NewGuid().ToString("N");

    internal IDataProtector Protector { get; } = dataProtection.CreateProtector("OrleansTwitterProxy.CodeVerifier.v1");

    internal TokenVault Vault => vault;

    internal TokenEndpoint TokenEndpoint => tokenEndpoint;

    internal SignInAtTwitter Twitter => twitter;

    internal SignInOptions Options { get; } = options.Value;

    internal TimeProvider TimeProvider => timeProvider;

    public SignInFlow Create(string state, IEngine engine) => new(state, engine, this);

    [LoggerMessage(Level = LogLevel.Information, Message = "Account {AccountId} signed in through client {ClientId}")]
    internal partial void LogSignedIn(string accountId, string clientId);
}
