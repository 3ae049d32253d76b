using Orleans;

namespace OrleansTwitterProxy.Core.Rejections;

/// <summary>A value or a rejection; exactly one of the two is set.</summary>
[GenerateSerializer, Immutable, Alias("otp.Result`1")]
public readonly record struct Result<T>([property: Id(0)] T? Value, [property: Id(1)] Rejection? Rejection)
    where T : class
{
    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Rejection rejection) => new(null, rejection);
}
