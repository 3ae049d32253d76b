using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Tests.Clients;

public sealed class ClientDirectoryTests
{
    private const string Key = "otpk_the-key";
    private static readonly ClientOptions Development = new() { ApiKeys = [ApiKey.Hash(ClientDirectory.DevelopmentKey)] };

    private readonly ChangingOptions _options = new();
    private readonly KeptLog _log = new();

    [Fact]
    public void With_none_configured_the_development_client_stands_in()
    {
        using var directory = Directory(Development);
        Assert.True(directory.IsDevelopment);
        Assert.Equal("dev", directory.FindByApiKey("dev-key")?.Id);
        Assert.NotNull(directory.Find("dev"));
    }

    [Fact]
    public void Off_loopback_there_is_no_development_client()
    {
        using var directory = Directory(development: null);
        Assert.False(directory.IsDevelopment);
        Assert.Null(directory.FindByApiKey("dev-key"));
    }

    [Fact]
    public void With_one_configured_the_development_client_is_gone()
    {
        _options.Value.Clients["app"] = WithKey();
        using var directory = Directory(Development);
        Assert.False(directory.IsDevelopment);
        Assert.Null(directory.FindByApiKey("dev-key"));
        Assert.Null(directory.Find("dev"));
        Assert.Equal("app", directory.FindByApiKey(Key)?.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("otpk_another")]
    [InlineData("OTPK_THE-KEY")]
    [InlineData("otpk_the-key ")]
    public void A_key_that_is_no_clients_finds_none(string key)
    {
        _options.Value.Clients["app"] = WithKey();
        using var directory = Directory();
        Assert.Null(directory.FindByApiKey(key));
        Assert.Null(directory.FindByApiKey(ApiKey.Hash(Key)));
    }

    [Fact]
    public void While_a_key_is_being_replaced_both_are_valid()
    {
        _options.Value.Clients["app"] = new() { ApiKeys = [ApiKey.Hash("old"), ApiKey.Hash("new").ToUpperInvariant()] };
        using var directory = Directory();
        Assert.Same(directory.FindByApiKey("old"), directory.FindByApiKey("new"));
    }

    [Fact]
    public void A_valid_reload_takes_effect_at_once()
    {
        _options.Value.Clients["app"] = WithKey();
        using var directory = Directory();
        _options.Change(new() { Clients = { ["other"] = new() { ApiKeys = [ApiKey.Hash("other-key")] } } });
        Assert.Null(directory.FindByApiKey(Key));
        Assert.Equal("other", directory.FindByApiKey("other-key")?.Id);
        Assert.Equal(LogLevel.Information, Assert.Single(_log.Entries).Level);
    }

    [Fact]
    public void An_invalid_reload_is_logged_and_keeps_the_last_good()
    {
        _options.Value.Clients["app"] = WithKey();
        using var directory = Directory();
        _options.Change(new() { Clients = { ["app"] = new() { ApiKeys = ["otpk_in-the-clear"] } } });
        Assert.Equal("app", directory.FindByApiKey(Key)?.Id);
        var (level, message) = Assert.Single(_log.Entries);
        Assert.Equal(LogLevel.Error, level);
        Assert.Contains("Clients:app:ApiKeys:0", message, StringComparison.Ordinal);
        Assert.DoesNotContain("otpk_in-the-clear", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_directory_no_longer_listens()
    {
        _options.Value.Clients["app"] = WithKey();
        var directory = Directory();
        directory.Dispose();
        _options.Change(new());
        Assert.Empty(_log.Entries);
    }

    [Theory]
    [InlineData("""{"Clients":{"app":null}}""")]
    [InlineData("""{"Clients":{"app":{"ApiKeys":null}}}""")]
    [InlineData("""{"Clients":{"app":{"ApiKeys":[null]}}}""")]
    [InlineData("""{"Clients":{"app":{"ApiKeys":["HASH"],"Origins":[null]}}}""")]
    [InlineData("""{"Clients":{"app":{"ApiKeys":["HASH"],"ReturnUrls":[null]}}}""")]
    [InlineData("""{"Clients":{"app":{"ApiKeys":["HASH"],"EndpointFamilies":[null]}}}""")]
    [InlineData("""{"Clients":{"app":{"ApiKeys":["HASH"],"Scopes":[null]}}}""")]
    public void Nulls_in_the_configuration_are_a_failure_that_is_told_and_not_a_crash(string json)
    {
        _options.Value.Clients["app"] = WithKey();
        using var directory = Directory();
        _options.Change(Bind(json.Replace("HASH", ApiKey.Hash(Key), StringComparison.Ordinal)));
        Assert.Equal("app", directory.FindByApiKey(Key)?.Id);
        var (level, message) = Assert.Single(_log.Entries);
        Assert.Equal(LogLevel.Error, level);
        Assert.Contains("Clients:app", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_null_in_the_configuration_is_an_empty_one()
    {
        const string Json =
            """{"Clients":{"app":{"ApiKeys":["HASH"],"Origins":null,"ReturnUrls":null,"Scopes":null,"EndpointFamilies":null}}}""";
        using var directory = Directory();
        _options.Change(Bind(Json.Replace("HASH", ApiKey.Hash(Key), StringComparison.Ordinal)));
        Assert.Equal("app", directory.FindByApiKey(Key)?.Id);
    }

    [Theory]
    [InlineData("", "Clients::")]
    [InlineData("a b", "Clients:a b:")]
    [InlineData("a\nb", "Clients:a\nb:")]
    [InlineData("a/b", "Clients:a/b:")]
    public void A_client_id_that_is_none_is_named(string id, string expected) =>
        Assert.Contains(expected, Failure(id, WithKey()), StringComparison.Ordinal);

    [Fact]
    public void A_client_without_a_key_is_told_how_to_make_one() =>
        Assert.Contains("keys new app", Failure("app", new()), StringComparison.Ordinal);

    [Theory]
    [InlineData("https://app.example.com/")]
    [InlineData("https://app.example.com/path")]
    [InlineData("https://app.example.com?x")]
    [InlineData("https://app.example.com:443")]
    [InlineData("HTTPS://app.example.com")]
    [InlineData("app.example.com")]
    [InlineData("*")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("https://*.example.com")]
    public void An_origin_that_no_browser_sends_is_named(string origin)
    {
        var failure = Failure("app", WithKey(options => options.Origins = [origin]));
        Assert.Contains("Clients:app:Origins", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_return_url_and_a_scope_that_are_none_are_named()
    {
        Assert.Contains(
            "Clients:app:ReturnUrls",
            Failure("app", WithKey(options => options.ReturnUrls = ["javascript:x"])),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Clients:app:Scopes",
            Failure("app", WithKey(options => options.Scopes = ["tweet.shout"])),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_client_is_held_to_what_is_configured()
    {
        _options.Value.Clients["app"] = WithKey(options =>
        {
            options.Origins = ["https://app.example.com"];
            options.ReturnUrls = ["https://app.example.com/cb"];
            options.EndpointFamilies = ["tweets"];
            options.Scopes = ["tweet.read", "users.read"];
        });
        using var directory = Directory();
        var client = directory.Find("app")!;
        Assert.Equal(
            (true, false, false),
            (client.AllowsOrigin("https://app.example.com"), client.AllowsOrigin("https://APP.example.com"), client.AllowsOrigin("null"))
        );
        Assert.Equal(
            (true, false),
            (client.AllowsReturnTo("https://app.example.com/cb/x"), client.AllowsReturnTo("https://app.example.com/cbx"))
        );
        Assert.Equal((true, false), (client.AllowsFamily("tweets"), client.AllowsFamily("media")));
        Assert.Equal((true, false), (client.AllowsScope("tweet.read"), client.AllowsScope("tweet.write")));
        Assert.Equal(["tweet.read", "users.read"], client.DefaultScopes);
        Assert.True(directory.AnyAllowsOrigin("https://app.example.com"));
        Assert.False(directory.AnyAllowsOrigin("https://evil.example"));
    }

    [Fact]
    public void A_client_that_names_no_families_and_scopes_may_use_all_but_no_origin_and_no_return_url()
    {
        _options.Value.Clients["app"] = WithKey();
        using var directory = Directory();
        var client = directory.Find("app")!;
        Assert.True(client.AllowsFamily("anything"));
        Assert.True(client.AllowsScope("dm.read"));
        Assert.False(client.AllowsOrigin(""));
        Assert.False(client.AllowsReturnTo("https://app.example.com/"));
    }

    private static ClientsOptions Bind(string json)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
        var options = new ClientsOptions();
        new ConfigurationBuilder().AddJsonStream(stream).Build().Bind(options);
        return options;
    }

    private static ClientOptions WithKey(Action<ClientOptions>? more = null)
    {
        var options = new ClientOptions { ApiKeys = [ApiKey.Hash(Key)] };
        more?.Invoke(options);
        return options;
    }

    private string Failure(string id, ClientOptions client)
    {
        _options.Value.Clients.Clear();
        _options.Value.Clients[id] = client;
        var message = Assert.Throws<OptionsValidationException>(() => Directory()).Message;
        Assert.DoesNotContain(Key, message, StringComparison.Ordinal);
        return message;
    }

    private ClientDirectory Directory(ClientOptions? development = null) => new(_options, development, _log);

    private sealed class ChangingOptions : IOptionsMonitor<ClientsOptions>
    {
        private Action<ClientsOptions, string?>? _listener;

        public ClientsOptions Value { get; private set; } = new();

        public ClientsOptions CurrentValue => Value;

        public ClientsOptions Get(string? name) => Value;

        public void Change(ClientsOptions value)
        {
            Value = value;
            _listener?.Invoke(value, null);
        }

        public IDisposable OnChange(Action<ClientsOptions, string?> listener)
        {
            _listener += listener;
            return new Subscription(() => _listener -= listener);
        }

        private sealed class Subscription(Action end) : IDisposable
        {
            public void Dispose() => end();
        }
    }

    private sealed class KeptLog : ILogger<ClientDirectory>
    {
        public List<(LogLevel Level, string Message)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Entries.Add((logLevel, formatter(state, exception)));
    }
}
