namespace OrleansTwitterProxy.Core.Rejections;

/// <summary>A value, or the refusal that stands in its place; exactly one of the two is set.</summary>
public readonly record struct Answer<T>(T? Value, Rejection? Rejection)
    where T : class
{
    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Rejection rejection) => new(null, rejection);
}
