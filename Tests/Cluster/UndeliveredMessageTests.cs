using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Orleans.Runtime;
using OrleansTwitterProxy.Api.Cluster;

namespace OrleansTwitterProxy.Tests.Cluster;

/// <summary>When a call that failed inside Orleans may be sent again: only where its words prove that no grain had it.</summary>
public sealed class UndeliveredMessageTests
{
    public static TheoryData<string> Proofs =>
        [
            .. UndeliveredMessage.Rejections,
            UndeliveredMessage.PlacementExpired,
            UndeliveredMessage.PlacementRefused.Beginning,
            UndeliveredMessage.PlacementRefused.End,
        ];

    /// <summary>The assemblies of Orleans that these tests run with: the published packages.</summary>
    private static readonly Lazy<HashSet<string>> Words = new(() => [.. WordsOf("Orleans.Core.dll"), .. WordsOf("Orleans.Runtime.dll")]);

    // Orleans has no other way to tell. One that words it otherwise fails here, and not at somebody's write.
    [Theory]
    [MemberData(nameof(Proofs))]
    public void The_words_of_a_proof_are_those_of_the_published_packages(string words) => Assert.Contains(words, Words.Value);

    [Theory]
    [InlineData(
        "Forwarding failed: tried to forward message Request for 2 times after \"Unable to create local activation\" to invalid activation. Rejecting now. "
    )]
    [InlineData(" Exception while sending message: Orleans.Runtime.Messaging.ConnectionFailedException: Unable to connect")]
    [InlineData("Silo stopping")]
    [InlineData("No gateways available")]
    public void A_rejection_that_says_so_proves_that_no_grain_had_the_message(string message) =>
        Assert.True(UndeliveredMessage.IsProvedBy(Rejected(message)));

    [Fact]
    public void A_silo_that_stops_and_refuses_to_place_a_grain_proves_it() =>
        Assert.True(UndeliveredMessage.IsProvedBy(new SiloUnavailableException("Silo 'S10.0.0.1:11111:1' is shutting down.")));

    [Fact]
    public void A_message_that_expired_before_its_grain_was_placed_proves_it()
    {
        Assert.True(
            UndeliveredMessage.IsProvedBy(
                new OperationCanceledException("Message expired before placement could complete for grain user-session/1.")
            )
        );
        Assert.False(UndeliveredMessage.IsProvedBy(new OperationCanceledException()));
    }

    [Theory]
    [InlineData("Silo S127.0.0.1:11111:1 is rejecting message: Request. Reason = Connection terminated")] // it may have been read before the connection broke
    [InlineData("words of an Orleans to come")]
    [InlineData("")]
    public void What_is_not_known_proves_nothing(string message)
    {
        Assert.False(UndeliveredMessage.IsProvedBy(Rejected(message)));
        Assert.False(UndeliveredMessage.IsProvedBy(new SiloUnavailableException(message)));
        Assert.False(UndeliveredMessage.IsProvedBy(new TimeoutException(message)));
        Assert.False(UndeliveredMessage.IsProvedBy(new InvalidOperationException("No gateways available")));
    }

    [Fact]
    public void The_end_of_this_process_proves_nothing_of_a_call_that_is_under_way() =>
        Assert.False(
            UndeliveredMessage.IsProvedBy(
                new SiloUnavailableException("The local Orleans host is shutting down and can no longer process the request: Request.")
            )
        );

    // Orleans alone makes them.
    private static OrleansMessageRejectionException Rejected(string message) =>
        (OrleansMessageRejectionException)
            Activator.CreateInstance(
                typeof(OrleansMessageRejectionException),
                BindingFlags.Instance | BindingFlags.NonPublic,
                binder: null,
                [message],
                culture: null
            )!;

    private static List<string> WordsOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly)));
        var metadata = file.GetMetadataReader();
        List<string> words = [];
        for (var handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
            words.Add(metadata.GetUserString(handle));
        return words;
    }
}
