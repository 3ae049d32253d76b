using System.Text.Json;

namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>Every operation of X, called in the sandbox by everybody who may and by everybody who may not.</summary>
public sealed class OperationWalkTests : IAsyncLifetime
{
    private const int Operations = 178;

    private SandboxUnderTest _x = null!;
    private Caller _alice = null!;
    private Caller _app = null!;
    private WalkRequests _requests = null!;

    public async Task InitializeAsync()
    {
        _x = await SandboxUnderTest.StartAsync(options => options.RejectDuplicatePosts = false);
        (_alice, _app) = (_x.User("alice"), _x.App());
        _requests = new(_alice, _x.User("bob"), _app);
    }

    public async Task DisposeAsync() => await _x.DisposeAsync();

    [Fact]
    public async Task Every_operation_answers_with_Xs_envelope()
    {
        var failures = new List<string>();
        foreach (var operation in await OperationsAsync())
        {
            if (operation.IsStream)
                continue; // never ends: see StreamTests
            foreach (var caller in new[] { operation.ByUser ? _alice : null, operation.ByApp ? _app : null }.OfType<Caller>())
            {
                var (target, body) = await _requests.OfAsync(operation.Method, operation.Path);
                var answer = await caller.AskAsync(operation.Method, target, body);
                if (Complaint(operation, answer) is { } complaint)
                    failures.Add($"{operation.Method} {target} by {(caller == _app ? "app" : "user")}: {complaint}");
            }
        }

        Assert.Empty(failures);
    }

    [Fact]
    public async Task Who_may_not_call_is_told_so()
    {
        var failures = new List<string>();
        foreach (var operation in await OperationsAsync())
        {
            var target = operation.Path.Replace("{id}", _alice.Id, StringComparison.Ordinal);
            if (!operation.ByUser)
                await RefusedAsync(_alice);
            if (!operation.ByApp)
                await RefusedAsync(_app);
            var nobody = await _x.Anybody().AskAsync(operation.Method, target);
            if (nobody.Status != 401 || nobody.Title != "Unauthorized")
                failures.Add($"{operation.Method} {target} without a token: {nobody.Status}");

            async Task RefusedAsync(Caller caller)
            {
                var answer = await caller.AskAsync(operation.Method, target);
                if (answer.Status != 403 || answer.Problem != "unsupported-authentication")
                    failures.Add($"{operation.Method} {target}: {answer.Status} {answer.Json}");
            }
        }

        Assert.Empty(failures);
    }

    [Fact]
    public async Task A_users_token_without_the_scopes_is_refused()
    {
        var narrow = _x.User("alice", "offline.access");
        var failures = new List<string>();
        foreach (var operation in (await OperationsAsync()).Where(operation => operation is { ByUser: true, HasScopes: true }))
        {
            var answer = await narrow.AskAsync(operation.Method, operation.Path);
            if (answer.Status != 403 || !answer.Json.GetProperty("detail").GetString()!.Contains("scope", StringComparison.Ordinal))
                failures.Add($"{operation.Method} {operation.Path}: {answer.Status} {answer.Json}");
        }

        Assert.Empty(failures);
    }

    [Theory]
    [InlineData("GET", "/2/never/heard/of")]
    [InlineData("GET", "/2/Users/me")]
    [InlineData("GET", "/2/tweets/search/RECENT?query=a")]
    [InlineData("POST", "/2/LISTS")]
    public async Task A_path_that_X_does_not_have_is_an_empty_404(string method, string path)
    {
        var answer = await _alice.AskAsync(method, path);

        Assert.Equal(404, answer.Status);
        Assert.Equal(0, answer.Response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_word_in_other_letters_is_taken_for_an_id() =>
        Assert.Equal(
            (400, "invalid-request"),
            (await _alice.AskAsync("GET", "/2/users/ME")) is var answer ? (answer.Status, answer.Problem) : default
        );

    private async Task<List<OperationRow>> OperationsAsync()
    {
        var rows = new List<OperationRow>();
        var document = await _x.Anybody().GetAsync("/2/openapi.json");
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject())
                rows.Add(new(method.Name.ToUpperInvariant(), path.Name, method.Value.GetProperty("security")));
        }

        Assert.Equal(Operations, rows.Count);
        return [.. rows.Where(row => row.Path != "/2/openapi.json")];
    }

    private static string? Complaint(OperationRow operation, Answer answer)
    {
        if (answer.Status is < 200 or > 299)
            return $"{answer.Status} {answer.Json}";
        if (operation.IsBinary)
            return answer.Response.Content.Headers.ContentType?.MediaType == "image/gif" ? null : "no bytes of media";
        if (answer.Json.ValueKind != JsonValueKind.Object)
            return $"{answer.Status} without a JSON object";
        var names = answer.Json.EnumerateObject().Select(property => property.Name).ToList();
        if (names.Except(["data", "meta", "includes", "errors"]).Any())
            return $"has {string.Join(", ", names)}";
        return names.Count > 0 ? null : "is empty";
    }

    private sealed record OperationRow(string Method, string Path, JsonElement Security)
    {
        public bool ByUser => Has("OAuth2UserToken");

        public bool ByApp => Has("BearerToken");

        public bool HasScopes =>
            Security.EnumerateArray().Any(way => way.TryGetProperty("OAuth2UserToken", out var scopes) && scopes.GetArrayLength() > 0);

        public bool IsStream => Path.Contains("/stream", StringComparison.Ordinal) && !Path.Contains("rules", StringComparison.Ordinal);

        public bool IsBinary =>
            Path.Contains("resource_id", StringComparison.Ordinal) || Path.Contains("media_hash_key", StringComparison.Ordinal);

        private bool Has(string scheme) => Security.EnumerateArray().Any(way => way.TryGetProperty(scheme, out _));
    }
}
