using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Streams;
using OrleansTwitterProxy.Grains.Interfaces;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Tests.Wire;

/// <summary>
/// What two processes say to each other, and what lies in grain storage. Both may be of different versions: wire-v1.txt holds what the
/// first version wrote, a line per type, and is only ever added to.
/// </summary>
public sealed class WireTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Rejection Refusal = new(RejectionReason.RateLimited, "used up", TimeSpan.FromSeconds(90));
    private static readonly WindowSnapshot Window = new("GET /2/users/me", WindowKind.AccountDay, 25, 24, Noon, Stated: true);
    private static readonly WindowForecast Forecast = new(
        Window.EndpointKey,
        Window.Kind,
        Window.Limit,
        Window.Remaining,
        Window.ResetAt,
        Window.Stated
    );
    private static readonly UsageCap Cap = new("GET /2/tweets", UsageCapKind.CreditsDepleted, Noon, Noon.AddMinutes(5));
    private static readonly StreamCursor Cursor = new("0123456789ab", 7);
    private static readonly StreamItem Event = new(7, Noon, new byte[] { 123, 125 });
    private static readonly StreamGap Lost = new(Noon.AddSeconds(-3), Noon, "The connection to X broke.");
    private static readonly AccountName Alice = new("42", "alice");
    private static readonly OpenedSession Opened = new("web", "session", Alice, ["tweet.read"], ["offline.access"]);
    private static readonly SessionSnapshot Session = new(
        Alice,
        ["tweet.read", "users.read"],
        Noon,
        GrantState.RefreshInterrupted,
        Noon.AddHours(2),
        Noon.AddMinutes(1),
        3
    );
    private static readonly SessionSnapshot TimedSession = Session with { ExpiresAt = Noon.AddDays(180), IdleExpiresAt = Noon.AddDays(30) };
    private static readonly SessionEntry Entry = new()
    {
        Id = "abcdefghijkl",
        ClientId = "web",
        Scopes = ["tweet.read"],
        CreatedAt = Noon,
        LastUsedAt = Noon.AddHours(1),
        ExpiresAt = Noon.AddDays(180),
        IdleExpiresAt = Noon.AddDays(30),
        HandoverBy = Noon.AddMinutes(1),
    };
    private static readonly CircuitSnapshot Board = new(7, 9, [new("media", CircuitState.Open, Noon)], [Window]);

    private static readonly LineSnapshot Line = new("GET /2/users/me", 2, Noon, [new("mine", 2, Noon.AddSeconds(18), Noon.AddMinutes(1))]);
    private static readonly OpenUpload OpenUpload = new("0123456789abcdef", "web", 7, Noon);
    private static readonly UploadCaller Uploader = new("42", "session");
    private static readonly UploadSnapshot Upload = new()
    {
        State = UploadState.Processing,
        Offset = 5,
        BytesReceived = 6,
        BytesTotal = 7,
        BytesAtX = 4,
        SegmentBytes = 3,
        SegmentsConfirmed = 1,
        SegmentsTotal = 2,
        ProcessingPercent = 40,
        EstimatedLeft = TimeSpan.FromSeconds(9),
        MediaId = "media",
        ExpiresAt = Noon,
        Error = Refusal,
        Metadata = "filename Y2F0",
    };

    private static readonly object[] Messages =
    [
        Refusal,
        Window,
        Alice,
        Opened,
        Session,
        Board,
        new LimitsSnapshot([Forecast], []),
        new ForwardRequest
        {
            SessionId = "session",
            EndpointKey = "POST /2/tweets",
            Method = "POST",
            Target = "/2/tweets?a=%2f",
            Body = new byte[] { 0, 1, 255 },
            Headers = [new("Content-Type", "application/json"), new("Accept", "*/*")],
        },
        new ForwardResponse
        {
            Status = 201,
            Body = new byte[] { 1, 2 },
            Headers = [new("x-rate-limit-limit", "25")],
            Windows = [Window],
            Timings = new(TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(40)),
        },
        ForwardResponse.Rejected(Refusal),
        new Result<SessionSnapshot>(Session, null),
        new Result<LimitsSnapshot>(null, Refusal),
        new Result<SignOutResult>(new(2, RevokedAtX: true), null),
        new Result<SignInStarted>(new("https://x.com/i/oauth2/authorize?state=s", Noon), null),
        new Result<OpenedSession>(Opened, null),
        new NewSession(
            "session",
            "web",
            "alice",
            new()
            {
                AccessToken = "cipher-a",
                RefreshToken = "cipher-r",
                Scopes = ["offline.access"],
                ObtainedAt = Noon,
                ExpiresAt = Noon.AddHours(2),
            }
        ),
        new SignOutResult(1, RevokedAtX: false),
        new SignInRequest("web", "https://app.example.com/in", ["tweet.read"], "http://127.0.0.1:8080/v1/auth/callback"),
        new SignInStarted("https://x.com/i/oauth2/authorize?state=s", Noon),
        new SignInCallback("code", null),
        new SignInOutcome(Refusal, "https://app.example.com/in", "state.secret", Opened),
        Board.Families[0],
        new NodeReport([new("tweets", 12, 3)], [Window]),
        new FamilyTally("tweets", 12, 3),
        new ProbeResult("probe", TimeSpan.FromSeconds(4), Board),
        new RecordState { Json = """{"schema":1}""" },
        new ForwardResponse
        {
            Status = 200,
            Timings = new(
                TimeSpan.FromMilliseconds(3),
                TimeSpan.FromMilliseconds(40),
                TimeSpan.FromSeconds(7),
                TimeSpan.FromMilliseconds(2)
            ),
        },
        new FamilySnapshot("media", CircuitState.Open, TimeSpan.FromSeconds(4)),
        new ForwardRequest
        {
            SessionId = "session",
            EndpointKey = "POST /2/tweets",
            Method = "POST",
            Target = "/2/tweets",
            IdempotencyKey = "key",
        },
        new ForwardRequest
        {
            SessionId = "session",
            EndpointKey = "GET /2/users/me",
            Method = "GET",
            Target = "/2/users/me",
            Wait = TimeSpan.FromSeconds(30),
            Urgency = 5,
            RequestId = "mine",
        },
        Line.Own[0],
        Line,
        new LimitsSnapshot([Forecast], [Line]),
        new ClientDemand("front end", new(10, 5, TimeSpan.FromSeconds(1), null), 3),
        new ClientLease(2, 4, 3, TimeSpan.FromSeconds(1)),
        new HeaderField("Accept", "*/*"),
        new CallTimings(TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(40)),
        new ClientLimit(10, 5, TimeSpan.FromSeconds(1), null),
        Forecast,
        new GrantRecord
        {
            Version = 3,
            AccessToken = "cipher-a",
            RefreshToken = "cipher-r",
            Scopes = ["offline.access"],
            ObtainedAt = Noon,
            ExpiresAt = Noon.AddHours(2),
            State = GrantState.Rejected,
        },
        Uploader,
        new NewUpload
        {
            Caller = Uploader,
            TotalBytes = 512,
            MediaType = "video/mp4",
            Category = "amplify_video",
            AltText = "a cat",
            Metadata = "filename Y2F0",
        },
        new UploadPiece
        {
            Caller = Uploader,
            WriterId = "writer",
            Offset = 256,
            Bytes = new byte[] { 0, 1, 255 },
        },
        Upload,
        new Result<UploadSnapshot>(Upload, null),
        Cap,
        new DryRun(Refusal, RefreshesFirst: true, [Window]),
        new LimitsSnapshot([Forecast with { PerMinute = 1.5, ExhaustedAt = Noon.AddMinutes(3) }], []) { Caps = [Cap] },
        new ClientDemand("front end", new(10, 5, TimeSpan.FromSeconds(1), 8), 3, UnderWay: 2),
        OpenUpload,
        new UploadReservation(OpenUpload, "session", 100, 1L << 34),
        TimedSession,
        Opened with
        {
            ExpiresAt = Noon.AddDays(180),
            IdleExpiresAt = Noon.AddDays(30),
        },
        new NewSession(
            "session",
            "web",
            "alice",
            new()
            {
                AccessToken = "cipher-a",
                Scopes = [],
                ObtainedAt = Noon,
                ExpiresAt = Noon.AddHours(2),
            }
        )
        {
            HandoverBy = Noon.AddMinutes(1),
        },
        Entry,
        new AccountSessionList("alice", [Entry]),
        new EndedSessions(2, 1, RevokedAtX: false),
        new ErasedAccount(2, 5, 1, RevokedAtX: true),
        new Result<AccountSessionList>(new(null, []), null),
        new Result<EndedSessions>(new(1, 0, RevokedAtX: true), null),
        new Result<ErasedAccount>(null, Refusal),
        Window with
        {
            Kind = WindowKind.OneSecond,
        },
        Cursor,
        new StreamRead("tweet.fields=text", Cursor, 4, TimeSpan.FromSeconds(10)),
        new StreamRead("", null, -1, TimeSpan.FromSeconds(10)),
        Event,
        Lost,
        new StreamGap(null, Noon, "nobody knows"),
        new StreamBatch("0123456789ab", [Event, new(8, Noon, default, Lost)], 9, StreamState.Connected, 4),
        new Result<StreamBatch>(new("0123456789ab", [], 0, StreamState.Failed, 5, ForwardResponse.Rejected(Refusal), IsFinal: true), null),
        new CircuitChange("media", CircuitState.Open, Noon),
        new RewrapKey(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), IsNewest: false, 3, Noon),
        new RewrapProgress
        {
            State = RewrapState.Running,
            StartedAt = Noon,
            EndedAt = Noon.AddMinutes(1),
            Accounts = 10,
            Reencrypted = 4,
            Skipped = 3,
            Failed = 2,
            Keys = [new(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), IsNewest: true, 5, null)],
        },
    ];

    private static readonly ServiceProvider Services = new ServiceCollection()
        .AddSerializer(serializer => serializer.AddAssembly(typeof(ForwardRequest).Assembly).AddAssembly(typeof(RecordState).Assembly))
        .BuildServiceProvider();

    private static readonly Serializer Serializer = Services.GetRequiredService<Serializer>();

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Messages.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void A_message_arrives_as_it_was_sent(int index)
    {
        var arrived = Serializer.Deserialize<object>(Serializer.SerializeToArray(Messages[index]))!;

        Assert.Equal(Messages[index].GetType(), arrived.GetType());
        Assert.Equal(Printed(Messages[index]), Printed(arrived));
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void A_message_of_the_first_version_is_still_understood(int index)
    {
        var lines = File.ReadAllLines(WireFile());
        Assert.True(index < lines.Length, $"Add to wire-v1.txt: {LineOf(index)}");
        var (name, bytes) = (lines[index].Split(' ')[0], Convert.FromBase64String(lines[index].Split(' ')[1]));

        Assert.Equal(NameOf(index), name);
        Assert.Equal(Printed(Messages[index]), Printed(Serializer.Deserialize<object>(bytes)!));
    }

    [Fact]
    public void Every_message_type_is_among_them()
    {
        var types = typeof(ForwardRequest)
            .Assembly.GetTypes()
            .Where(type => type.IsDefined(typeof(GenerateSerializerAttribute)) && !type.IsEnum)
            .Select(type => type.Name);

        Assert.Empty(types.Except(Messages.Select(message => message.GetType().Name)));
    }

    [Fact]
    public void Every_message_type_is_immutable_and_has_an_alias_of_its_own()
    {
        var types = typeof(ForwardRequest).Assembly.GetTypes().Where(type => type.IsDefined(typeof(GenerateSerializerAttribute))).ToList();
        Assert.NotEmpty(types);
        Assert.All(types, type =>
            Assert.True(
                type.IsDefined(typeof(ImmutableAttribute)) && type.IsDefined(typeof(AliasAttribute)),
                $"{type} lacks [Immutable] or [Alias]."
            )
        );
        Assert.Equal(types.Count, types.Select(type => type.GetCustomAttribute<AliasAttribute>()!.Alias).Distinct().Count());
    }

    [Fact]
    public void Every_grain_interface_and_method_has_an_alias()
    {
        var interfaces = typeof(ProxyGrains)
            .Assembly.GetTypes()
            .Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))
            .ToList();
        Assert.NotEmpty(interfaces);
        var contracts = interfaces
            .SelectMany(type => type.GetInterfaces().Append(type))
            .Where(type => type.Namespace!.StartsWith("OrleansTwitterProxy.", StringComparison.Ordinal))
            .Distinct();
        Assert.All(contracts, contract =>
        {
            Assert.True(contract.IsDefined(typeof(AliasAttribute)), $"{contract} has no [Alias].");
            var methods = contract.GetMethods().Where(method => !method.IsStatic).ToList();
            Assert.All(methods, method =>
                Assert.True(method.IsDefined(typeof(AliasAttribute)), $"{contract.Name}.{method.Name} has no [Alias].")
            );
            Assert.Equal(methods.Count, methods.Select(method => method.GetCustomAttribute<AliasAttribute>()!.Alias).Distinct().Count());
        });
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void Within_a_process_a_message_is_handed_over_and_not_copied(int index)
    {
        if (Messages[index] is RecordState || Messages[index].GetType().IsValueType)
            return; // storage's own; and a box is always new
        Assert.Same(Messages[index], Services.GetRequiredService<DeepCopier>().Copy(Messages[index]));
    }

    [Fact]
    public void An_answer_is_handed_over_with_what_it_holds()
    {
        var copy = Services.GetRequiredService<DeepCopier>().Copy(new Result<SessionSnapshot>(Session, null));

        Assert.Same(Session, copy.Value);
    }

    [Fact]
    public void A_reason_of_a_newer_version_is_told_as_an_internal_error() =>
        Assert.Equal(ProblemTable.Of(RejectionReason.InternalError), ProblemTable.Of((RejectionReason)int.MaxValue));

    private static string LineOf(int index) => $"{NameOf(index)} {Convert.ToBase64String(Serializer.SerializeToArray(Messages[index]))}";

    private static string NameOf(int index) =>
        Messages[index].GetType() is { IsGenericType: true } type
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{type.GenericTypeArguments[0].Name}>"
            : Messages[index].GetType().Name;

    private static string Printed(object message) => JsonSerializer.Serialize(message, message.GetType());

    private static string WireFile([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "wire-v1.txt");
}
