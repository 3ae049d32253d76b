using Orleans;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Grains.Interfaces.SignIn;

[GenerateSerializer, Alias("otp.SignInRequest")]
public struct SignInRequestSurrogate
{
    [Id(0)] public string ClientId;
    [Id(1)] public string? ReturnUrl;
    [Id(2)] public string[] Scopes;
    [Id(3)] public string RedirectUri;
}

[RegisterConverter]
public sealed class SignInRequestConverter : IConverter<SignInRequest, SignInRequestSurrogate>
{
    public SignInRequest ConvertFromSurrogate(in SignInRequestSurrogate surrogate) => new(surrogate.ClientId, surrogate.ReturnUrl, surrogate.Scopes, surrogate.RedirectUri);

    public SignInRequestSurrogate ConvertToSurrogate(in SignInRequest value) => new()
    {
        ClientId = value.ClientId,
        ReturnUrl = value.ReturnUrl,
        Scopes = [.. value.Scopes],
        RedirectUri = value.RedirectUri,
    };
}

[GenerateSerializer, Alias("otp.SignInStarted")]
public struct SignInStartedSurrogate
{
    [Id(0)] public string AuthorizationUrl;
    [Id(1)] public DateTimeOffset ExpiresAt;
}

[RegisterConverter]
public sealed class SignInStartedConverter : IConverter<SignInStarted, SignInStartedSurrogate>
{
    public SignInStarted ConvertFromSurrogate(in SignInStartedSurrogate surrogate) => new(surrogate.AuthorizationUrl, surrogate.ExpiresAt);

    public SignInStartedSurrogate ConvertToSurrogate(in SignInStarted value) => new() { AuthorizationUrl = value.AuthorizationUrl, ExpiresAt = value.ExpiresAt };
}

[GenerateSerializer, Alias("otp.SignInCallback")]
public struct SignInCallbackSurrogate
{
    [Id(0)] public string? Code;
    [Id(1)] public string? Error;
}

[RegisterConverter]
public sealed class SignInCallbackConverter : IConverter<SignInCallback, SignInCallbackSurrogate>
{
    public SignInCallback ConvertFromSurrogate(in SignInCallbackSurrogate surrogate) => new(surrogate.Code, surrogate.Error);

    public SignInCallbackSurrogate ConvertToSurrogate(in SignInCallback value) => new() { Code = value.Code, Error = value.Error };
}

[GenerateSerializer, Alias("otp.SignInOutcome")]
public struct SignInOutcomeSurrogate
{
    [Id(0)] public Rejection? Rejection;
    [Id(1)] public string? ReturnUrl;
    [Id(2)] public string? Handoff;
    [Id(3)] public OpenedSession? Session;
}

[RegisterConverter]
public sealed class SignInOutcomeConverter : IConverter<SignInOutcome, SignInOutcomeSurrogate>
{
    public SignInOutcome ConvertFromSurrogate(in SignInOutcomeSurrogate surrogate) => new(surrogate.Rejection, surrogate.ReturnUrl, surrogate.Handoff, surrogate.Session);

    public SignInOutcomeSurrogate ConvertToSurrogate(in SignInOutcome value) => new()
    {
        Rejection = value.Rejection,
        ReturnUrl = value.ReturnUrl,
        Handoff = value.Handoff,
        Session = value.Session,
    };
}

[GenerateSerializer, Alias("otp.OpenedSession")]
public struct OpenedSessionSurrogate
{
    [Id(0)] public string ClientId;
    [Id(1)] public string SessionId;
    [Id(2)] public AccountName Account;
    [Id(3)] public string[] Scopes;
    [Id(4)] public string[] MissingScopes;
}

[RegisterConverter]
public sealed class OpenedSessionConverter : IConverter<OpenedSession, OpenedSessionSurrogate>
{
    public OpenedSession ConvertFromSurrogate(in OpenedSessionSurrogate surrogate) => new(
        surrogate.ClientId, surrogate.SessionId, surrogate.Account, surrogate.Scopes, surrogate.MissingScopes);

    public OpenedSessionSurrogate ConvertToSurrogate(in OpenedSession value) => new()
    {
        ClientId = value.ClientId,
        SessionId = value.SessionId,
        Account = value.Account,
        Scopes = [.. value.Scopes],
        MissingScopes = [.. value.MissingScopes],
    };
}
