using Orleans;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Grains.Interfaces.Clients;

[GenerateSerializer, Alias("otp.ClientDemand")]
public struct ClientDemandSurrogate
{
    [Id(0)] public string FrontEnd;
    [Id(1)] public int? TokenLimit;
    [Id(2)] public int TokensPerPeriod;
    [Id(3)] public TimeSpan ReplenishmentPeriod;
    [Id(4)] public int? PermitLimit;
    [Id(5)] public int Tokens;
    [Id(6)] public int UnderWay;
}

[RegisterConverter]
public sealed class ClientDemandConverter : IConverter<ClientDemand, ClientDemandSurrogate>
{
    public ClientDemand ConvertFromSurrogate(in ClientDemandSurrogate surrogate) => new(
        surrogate.FrontEnd,
        new(surrogate.TokenLimit, surrogate.TokensPerPeriod, surrogate.ReplenishmentPeriod, surrogate.PermitLimit),
        surrogate.Tokens,
        surrogate.UnderWay);

    public ClientDemandSurrogate ConvertToSurrogate(in ClientDemand value) => new()
    {
        FrontEnd = value.FrontEnd,
        TokenLimit = value.Limit.TokenLimit,
        TokensPerPeriod = value.Limit.TokensPerPeriod,
        ReplenishmentPeriod = value.Limit.ReplenishmentPeriod,
        PermitLimit = value.Limit.PermitLimit,
        Tokens = value.Tokens,
        UnderWay = value.UnderWay,
    };
}

[GenerateSerializer, Alias("otp.ClientLease")]
public struct ClientLeaseSurrogate
{
    [Id(0)] public int Tokens;
    [Id(1)] public int? Permits;
    [Id(2)] public int FrontEnds;
    [Id(3)] public TimeSpan? RetryAfter;
}

[RegisterConverter]
public sealed class ClientLeaseConverter : IConverter<ClientLease, ClientLeaseSurrogate>
{
    public ClientLease ConvertFromSurrogate(in ClientLeaseSurrogate surrogate) => new(surrogate.Tokens, surrogate.Permits, surrogate.FrontEnds, surrogate.RetryAfter);

    public ClientLeaseSurrogate ConvertToSurrogate(in ClientLease value) =>
        new() { Tokens = value.Tokens, Permits = value.Permits, FrontEnds = value.FrontEnds, RetryAfter = value.RetryAfter };
}
