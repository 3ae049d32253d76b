using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class BoundedBodyTests
{
    [Theory]
    [InlineData(0, 10, true)]
    [InlineData(10, 10, true)]
    [InlineData(11, 10, false)]
    [InlineData(4096, 4096, true)]
    [InlineData(4097, 4096, false)]
    [InlineData(4097, 10_000, true)]
    [InlineData(10_000, 10_000, true)]
    [InlineData(10_001, 10_000, false)]
    [InlineData(100_000, 100_000, true)]
    [InlineData(1_000_000, 100_000, false)]
    public async Task A_body_is_whole_up_to_the_bound_whether_or_not_it_tells_its_length(int length, int bound, bool whole)
    {
        var expected = Enumerable.Range(0, length).Select(i => (byte)(i * 31)).ToArray();
        foreach (var declared in (bool[])[true, false])
        {
            using var content = new Chunked(expected, declared, chunk: 1000);
            var (bytes, read) = await BoundedBody.ReadAsync(content, bound, CancellationToken.None);
            Assert.Equal(whole, read);
            Assert.Equal(whole ? expected : [], bytes.ToArray());
        }
    }

    [Fact]
    public async Task A_body_that_declares_too_much_is_not_even_begun()
    {
        using var content = new Chunked(new byte[100], declared: true, chunk: 10);
        await BoundedBody.ReadAsync(content, 99, CancellationToken.None);
        Assert.Equal(0, content.BytesRead);
    }

    [Fact]
    public async Task A_body_without_length_is_given_up_soon_after_the_bound()
    {
        using var content = new Chunked(new byte[1_000_000], declared: false, chunk: 100);
        await BoundedBody.ReadAsync(content, 5_000, CancellationToken.None);
        Assert.InRange(content.BytesRead, 5_001, 5_100);
    }

    [Fact]
    public async Task A_body_shorter_than_it_declared_is_a_broken_answer()
    {
        using var content = new Chunked(new byte[100], declared: true, chunk: 10) { Missing = 1 };
        await Assert.ThrowsAnyAsync<IOException>(async () => await BoundedBody.ReadAsync(content, 1000, CancellationToken.None));
    }

    [Theory]
    [InlineData(10, 70_000)]
    [InlineData(1_000_000, 4_200_000)]
    public async Task Memory_grows_with_what_arrives_whatever_is_declared(int arrives, int allocated)
    {
        const int Declared = 16 * 1024 * 1024;
        using var content = new Chunked(new byte[Declared], declared: true, chunk: 50_000) { Missing = Declared - arrives };
        var before = GC.GetAllocatedBytesForCurrentThread(); // nothing here waits, so all of it runs on this thread

        await Assert.ThrowsAnyAsync<IOException>(async () => await BoundedBody.ReadAsync(content, Declared, CancellationToken.None));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, allocated);
    }

    private sealed class Chunked(byte[] bytes, bool declared, int chunk) : HttpContent
    {
        public int Missing { get; init; }

        public int BytesRead { get; private set; }

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new Reader(this));

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            throw new NotSupportedException();

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return declared;
        }

        private sealed class Reader(Chunked owner) : MemoryStream
        {
            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                var left = owner.Bytes.Length - owner.Missing - owner.BytesRead;
                var count = Math.Min(Math.Min(owner.Chunk, buffer.Length), left);
                owner.Bytes.AsSpan(owner.BytesRead, count).CopyTo(buffer.Span);
                owner.BytesRead += count;
                return ValueTask.FromResult(count);
            }
        }

        private byte[] Bytes => bytes;

        private int Chunk => chunk;
    }
}
