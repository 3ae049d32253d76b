using System.Globalization;
using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Forwarding;

/// <summary>
/// What a target is taken for here is what X receives, however it is spelt. The client may call the family "users" only, and the sandbox
/// unescapes paths, as servers do.
/// </summary>
public sealed class SpellingTests(SpellingTests.UsersOnly one, ITestOutputHelper output) : IClassFixture<SpellingTests.UsersOnly>
{
    private const int Rounds = 600;

    private static readonly string[] Paths =
    [
        "/2/users/me",
        "/2/users/1849/likes",
        "/2/users/1849/liked_tweets",
        "/2/users/1849/tweets",
        "/2/users/me/likes",
        "/2/tweets",
        "/2/tweets/search/recent?query=a&max_results=10",
        "/2/users/by/username/alice?user.fields=name",
        "/2/lists/1849",
        "/2/oauth2/token",
        "/2/media/upload",
    ];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "DELETE", "post"];

    [Theory]
    [InlineData("POST /2/users/1849/likes", 403)]
    [InlineData("POST /2/users/1849/LIKES", 400)]
    [InlineData("POST /2/users/1849/%6Cikes", 400)]
    [InlineData("POST /2/users/1849/likes/", 403)]
    [InlineData("POST /2/users/1849/likes%20", 400)]
    [InlineData("POST /2/users/1849/likes.json", 400)]
    [InlineData("POST /2/users/1849/likes;x", 400)]
    [InlineData("POST /2/users/1849//likes", 400)]
    [InlineData("POST /2/users/1849/x/../likes", 400)]
    [InlineData("POST /2/users/1849/%2E/likes", 400)]
    [InlineData("POST /2/users/1849%2Flikes", 400)]
    [InlineData("POST /2/users/1849/%25%36%43ikes", 400)]
    [InlineData("POST /2/users/1849/%EF%BD%8Cikes", 400)]
    [InlineData("POST /2/users/me/likes", 403)]
    [InlineData("HEAD /2/users/1849/liked_tweets", 403)]
    [InlineData("GET /2/users/1849/Tweets", 400)]
    public async Task A_client_of_one_family_reaches_no_other(string requestLine, int status)
    {
        var proxy = one.Fresh();

        var answer = await RawConnection.AskAsync(proxy.Proxy.Url, requestLine, proxy.Alice.Token, "Content-Length: 0");

        Assert.Equal(status, answer.Status);
        Assert.Empty(proxy.X.Calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_X_receives_is_what_was_compared(int seed)
    {
        var (random, catalogue, proxy) = (new Random(seed), new EndpointCatalogue(), one.Fresh());
        var received = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var (method, written) = (Methods[random.Next(Methods.Length)], Spell(Paths[random.Next(Paths.Length)], random));
            proxy.X.Forget();

            var answer = await RawConnection.AskAsync(proxy.Proxy.Url, $"{method} {written}", proxy.Alice.Token, "Content-Length: 0");

            var said = $"seed {seed}, round {round}: {method} {written}";
            Assert.True(answer.Status != 500, said);
            foreach (var call in proxy.X.Calls)
            {
                received++;
                Assert.True(ForwardTarget.Canonicalize(call.Target, out var canonical) is null && canonical == call.Target, said);
                Assert.True(catalogue.Find(call.Method, ForwardTarget.PathOf(call.Target)).Family == "users", said);
                // As a server that unescapes and ignores case reads it.
                var read = Uri.UnescapeDataString(ForwardTarget.PathOf(call.Target)).ToLowerInvariant();
                Assert.True(catalogue.Find(call.Method, read).Family == "users", said);
            }

            foreach (
                var request in proxy.Sandbox.Counters.Recent.Where(request =>
                    !request.Endpoint.Contains("oauth2", StringComparison.Ordinal)
                )
            )
                Assert.True(IsOfUsers(request.Endpoint), $"{said}: {request.Endpoint}");
        }

        output.WriteLine($"{received} of {Rounds} reached X");
        Assert.InRange(received, Rounds / 100, Rounds / 2); // else the spellings were too odd, or not odd enough
    }

    private static bool IsOfUsers(string endpoint) =>
        endpoint.EndsWith("unknown", StringComparison.Ordinal)
        || endpoint.EndsWith("wrong-method", StringComparison.Ordinal)
        || KnownEndpoints.All.Single(known => known.Key == endpoint).Family == "users";

    private static string Spell(string path, Random random)
    {
        for (var changes = random.Next(3); changes > 0; changes--)
        {
            var at = random.Next(3, path.Length);
            path = random.Next(9) switch
            {
                0 => path[..at] + char.ToUpperInvariant(path[at]) + path[(at + 1)..],
                1 => path[..at] + Escape(path[at], random) + path[(at + 1)..],
                2 => path.Insert(at, Oddities[random.Next(Oddities.Length)]),
                3 => path.Replace("likes", "LIKES", StringComparison.Ordinal),
                4 => path.Split('?')[0] + "/",
                5 => path.Insert(path.LastIndexOf('/'), Oddities[random.Next(Oddities.Length)]),
                6 => path + Oddities[random.Next(Oddities.Length)],
                7 => path + "?" + Escape((char)random.Next('a', 'z'), random) + "=1",
                _ => path,
            };
        }

        return path;
    }

    private static string Escape(char c, Random random) =>
        "%" + ((int)c).ToString(random.Next(2) == 0 ? "x2" : "X2", CultureInfo.InvariantCulture);

    private static readonly string[] Oddities =
    [
        "/",
        "//",
        "/.",
        "/..",
        "/./",
        ";",
        ";x=y",
        ".",
        ".json",
        "~",
        "!",
        "+",
        ",",
        ":",
        "@",
        "*",
        "%00",
        "%0a",
        "%0D%0A",
        "%20",
        "%09",
        "%2f",
        "%2F",
        "%5c",
        "\\",
        "%25",
        "%252f",
        "%2e",
        "%2E%2e",
        "%c3%a4",
        "%C0%AF",
        "%ff",
        "%EF%BD%8C",
        "%e2%84%aa",
        "%3b",
        "%3F",
        "%23",
        "%2c",
        "%3A",
        "?",
        "&",
        "=",
    ];

    public sealed class UsersOnly : IAsyncLifetime
    {
        private RecordedProxy _proxy = null!;

        public async Task InitializeAsync()
        {
            _proxy = await RecordedProxy.StartAsync(clock: null, ("Clients:app:EndpointFamilies:0", "users"));
            _proxy.Sandbox.Limits.SendHeaders = true;
        }

        public async Task DisposeAsync() => await _proxy.DisposeAsync();

        internal RecordedProxy Fresh()
        {
            _proxy.X.Forget();
            _proxy.Sandbox.Counters.Reset();
            return _proxy;
        }
    }
}
