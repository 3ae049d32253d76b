using Orleans;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Grains.Interfaces.Rejections;

[GenerateSerializer, Alias("otp.Rejection")]
public struct RejectionSurrogate
{
    /// <summary>The reason's name: reasons come and go between versions, and numbers would shift.</summary>
    [Id(0)] public string Reason;
    [Id(1)] public string Detail;
    [Id(2)] public TimeSpan? RetryAfter;
}

[RegisterConverter]
public sealed class RejectionConverter : IConverter<Rejection, RejectionSurrogate>
{
    public Rejection ConvertFromSurrogate(in RejectionSurrogate surrogate) => new(
        Enum.TryParse<RejectionReason>(surrogate.Reason, out var reason) ? reason : RejectionReason.InternalError, surrogate.Detail, surrogate.RetryAfter);

    public RejectionSurrogate ConvertToSurrogate(in Rejection value) => new() { Reason = value.Reason.ToString(), Detail = value.Detail, RetryAfter = value.RetryAfter };
}

[GenerateSerializer, Alias("otp.Answer`1")]
public struct AnswerSurrogate<T>
    where T : class
{
    [Id(0)] public T? Value;
    [Id(1)] public Rejection? Rejection;
}

[RegisterConverter]
public sealed class AnswerConverter<T> : IConverter<Answer<T>, AnswerSurrogate<T>>
    where T : class
{
    public Answer<T> ConvertFromSurrogate(in AnswerSurrogate<T> surrogate) => new(surrogate.Value, surrogate.Rejection);

    public AnswerSurrogate<T> ConvertToSurrogate(in Answer<T> value) => new() { Value = value.Value, Rejection = value.Rejection };
}
