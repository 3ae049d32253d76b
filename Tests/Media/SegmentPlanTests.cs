using OrleansTwitterProxy.Core.Media;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class SegmentPlanTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(MiB, 1, 1)]
    [InlineData(MiB + 1, 1, 2)]
    [InlineData(64 * MiB, 1, 64)]
    [InlineData(256 * MiB, 1, 256)]
    [InlineData(512 * MiB, 2, 256)]
    [InlineData(1000 * MiB, 4, 250)]
    [InlineData(4000 * MiB, 4, 1000)]
    public void An_upload_is_cut_into_segments_of_1_to_4_MiB_and_never_more_than_1000(long total, int mebibytes, int segments)
    {
        var plan = SegmentPlan.For(total)!.Value;

        Assert.Equal((mebibytes * MiB, segments), (plan.SegmentBytes, plan.Segments));
    }

    [Fact]
    public void What_1000_segments_do_not_hold_has_no_plan() => Assert.Null(SegmentPlan.For(4000 * MiB + 1));

    [Theory]
    [InlineData(900 * MiB, 1024 * 1024, 1024 * 1024)]
    [InlineData(1000 * MiB, 1024 * 1024, 1024 * 1024)]
    [InlineData(1500 * MiB, 1024 * 1024 * 3 / 2, 1024 * 1024 * 3 / 2)]
    public void An_operators_longest_segment_holds(long total, int longest, int expected) =>
        Assert.Equal(expected, SegmentPlan.For(total, longest)!.Value.SegmentBytes);

    [Fact]
    public void Every_byte_is_in_one_segment()
    {
        var plan = SegmentPlan.For(3 * MiB + 5)!.Value;

        Assert.Equal([0, 0, 1, 2, 3], ((long[])[0, MiB - 1, MiB, 3 * MiB - 1, 3 * MiB]).Select(plan.IndexOf));
        Assert.Equal(
            [(0, MiB), (MiB, 2 * MiB), (2 * MiB, 3 * MiB), (3 * MiB, 3 * MiB + 5)],
            Enumerable.Range(0, 4).Select(index => (plan.StartOf(index), plan.EndOf(index)))
        );
    }
}
