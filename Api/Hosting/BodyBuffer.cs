using System.Buffers;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Memory for a body. It grows as bytes arrive, to at most twice of what has arrived (or <see cref="AtOnce"/>), whatever was declared; all
/// of it counts in the budget until this is disposed. Not thread-safe.
/// </summary>
/// <param name="budget">The process's budget.</param>
/// <param name="longest">The most bytes it may come to hold.</param>
internal sealed class BodyBuffer(BodyBudget budget, int longest) : IDisposable
{
    /// <summary>Bytes of memory that are taken before any has arrived.</summary>
    public const int AtOnce = 64 * 1024;

    private byte[] _bytes = [];
    private int _size;

    public int Longest => longest;

    /// <summary>Whether others may still read from the memory: then it is left to them, and not used for another buffer.</summary>
    public bool IsShared { get; set; }

    /// <summary>Bytes that have arrived.</summary>
    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Memory for the bytes that arrive next; never empty before <see cref="Longest"/> have.</summary>
    /// <returns>False when the budget is used up.</returns>
    public bool TryGetRoom(out Memory<byte> room)
    {
        if (Length == _size && !TryGrow(Math.Min(longest, Math.Max(AtOnce, 2 * Length))))
        {
            room = default;
            return false;
        }

        room = _bytes.AsMemory(Length, _size - Length);
        return true;
    }

    /// <summary>So many bytes have been put into the room.</summary>
    public void Advance(int bytes) => Length += bytes;

    public void Dispose()
    {
        budget.Return(_size);
        _size = 0;
        LetGo();
    }

    private bool TryGrow(int size)
    {
        if (!budget.TryTake(size - _size))
            return false;
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Written.CopyTo(larger);
        LetGo();
        (_bytes, _size) = (larger, size);
        return true;
    }

    private void LetGo()
    {
        if (_bytes.Length > 0 && !IsShared)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
