using Orleans;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Grains.Interfaces.Sessions;

[GenerateSerializer, Alias("otp.AccountName")]
public struct AccountNameSurrogate
{
    [Id(0)] public string Id;
    [Id(1)] public string Username;
}

[RegisterConverter]
public sealed class AccountNameConverter : IConverter<AccountName, AccountNameSurrogate>
{
    public AccountName ConvertFromSurrogate(in AccountNameSurrogate surrogate) => new(surrogate.Id, surrogate.Username);

    public AccountNameSurrogate ConvertToSurrogate(in AccountName value) => new() { Id = value.Id, Username = value.Username };
}

/// <summary>A session to open; its tokens are ciphertext here too.</summary>
[GenerateSerializer, Alias("otp.NewSession")]
public struct NewSessionSurrogate
{
    [Id(0)] public string SessionId;
    [Id(1)] public string ClientId;
    [Id(2)] public string Username;
    [Id(3)] public string AccessToken;
    [Id(4)] public string? RefreshToken;
    [Id(5)] public string[] Scopes;
    [Id(6)] public DateTimeOffset ObtainedAt;
    [Id(7)] public DateTimeOffset ExpiresAt;
}

[RegisterConverter]
public sealed class NewSessionConverter : IConverter<NewSession, NewSessionSurrogate>
{
    public NewSession ConvertFromSurrogate(in NewSessionSurrogate surrogate) => new(
        surrogate.SessionId,
        surrogate.ClientId,
        surrogate.Username,
        new()
        {
            AccessToken = surrogate.AccessToken,
            RefreshToken = surrogate.RefreshToken,
            Scopes = surrogate.Scopes,
            ObtainedAt = surrogate.ObtainedAt,
            ExpiresAt = surrogate.ExpiresAt,
        });

    public NewSessionSurrogate ConvertToSurrogate(in NewSession value) => new()
    {
        SessionId = value.SessionId,
        ClientId = value.ClientId,
        Username = value.Username,
        AccessToken = value.Grant.AccessToken,
        RefreshToken = value.Grant.RefreshToken,
        Scopes = [.. value.Grant.Scopes],
        ObtainedAt = value.Grant.ObtainedAt,
        ExpiresAt = value.Grant.ExpiresAt,
    };
}

[GenerateSerializer, Alias("otp.SessionSnapshot")]
public struct SessionSnapshotSurrogate
{
    [Id(0)] public AccountName Account;
    [Id(1)] public string[] Scopes;
    [Id(2)] public DateTimeOffset CreatedAt;
    [Id(3)] public int GrantState;
    [Id(4)] public DateTimeOffset AccessTokenExpiresAt;
    [Id(5)] public DateTimeOffset LastRefreshedAt;
    [Id(6)] public int SessionCount;
}

[RegisterConverter]
public sealed class SessionSnapshotConverter : IConverter<SessionSnapshot, SessionSnapshotSurrogate>
{
    public SessionSnapshot ConvertFromSurrogate(in SessionSnapshotSurrogate surrogate) => new(
        surrogate.Account,
        surrogate.Scopes,
        surrogate.CreatedAt,
        (GrantState)surrogate.GrantState,
        surrogate.AccessTokenExpiresAt,
        surrogate.LastRefreshedAt,
        surrogate.SessionCount);

    public SessionSnapshotSurrogate ConvertToSurrogate(in SessionSnapshot value) => new()
    {
        Account = value.Account,
        Scopes = [.. value.Scopes],
        CreatedAt = value.CreatedAt,
        GrantState = (int)value.GrantState,
        AccessTokenExpiresAt = value.AccessTokenExpiresAt,
        LastRefreshedAt = value.LastRefreshedAt,
        SessionCount = value.SessionCount,
    };
}

[GenerateSerializer, Alias("otp.SignOutResult")]
public struct SignOutResultSurrogate
{
    [Id(0)] public int SessionsLeft;
    [Id(1)] public bool RevokedAtX;
}

[RegisterConverter]
public sealed class SignOutResultConverter : IConverter<SignOutResult, SignOutResultSurrogate>
{
    public SignOutResult ConvertFromSurrogate(in SignOutResultSurrogate surrogate) => new(surrogate.SessionsLeft, surrogate.RevokedAtX);

    public SignOutResultSurrogate ConvertToSurrogate(in SignOutResult value) => new() { SessionsLeft = value.SessionsLeft, RevokedAtX = value.RevokedAtX };
}
