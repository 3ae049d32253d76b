using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansTwitterProxy.Core.Sealing;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sealing;

/// <summary>What anybody can send, and what it costs to find out that it was never ours.</summary>
public sealed class SealingKeysTests : IDisposable
{
    private const string Purpose = "purpose";

    private readonly ManualClock _clock = new();
    private readonly SharedKeyRing _storage = new();
    private readonly ServiceProvider _one;
    private readonly ServiceProvider _other;
    private readonly SealingKeys _keys;
    private readonly SealedText _text;

    public SealingKeysTests()
    {
        (_one, _other) = (Node(), Node());
        _keys = new(_one.GetRequiredService<IKeyManager>(), _clock, NullLogger<SealingKeys>.Instance);
        _text = new(_one.GetDataProtectionProvider(), Purpose, _keys);
    }

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_made_up_key_is_looked_for_once_in_five_seconds_and_not_by_the_key_ring()
    {
        var own = _text.Seal("text");
        Assert.Equal("text", _text.Open(own));
        var before = _storage.Reads;

        for (var i = 0; i < 1_000; i++)
            Assert.Null(_text.Open(OfUnknownKey(own)));

        Assert.InRange(_storage.Reads - before, 0, 1);
        _clock.Advance(SealingKeys.LookInterval);
        Assert.Null(_text.Open(OfUnknownKey(own)));
        Assert.InRange(_storage.Reads - before, 1, 2);
        Assert.Equal("text", _text.Open(own));
    }

    [Fact]
    public void A_key_that_another_process_has_just_made_is_found_within_five_seconds()
    {
        Assert.Equal("before", _text.Open(_text.Seal("before")));
        var now = TimeProvider.System.GetUtcNow(); // Data Protection's clock
        _other.GetRequiredService<IKeyManager>().CreateNewKey(now.AddSeconds(-1), now.AddDays(90));
        var others = new SealedText(_other.GetDataProtectionProvider(), Purpose, keys: null).Seal("after");
        _text.Open(OfUnknownKey(others)); // somebody has just used up the look

        _clock.Advance(SealingKeys.LookInterval);

        Assert.Equal("after", _text.Open(others));
    }

    [Fact]
    public void While_the_storage_does_not_answer_the_keys_read_before_are_used()
    {
        var own = _text.Seal("text");
        _storage.IsDown = true;

        Assert.Equal("text", _text.Open(own)); // the key ring has it

        _storage.IsDown = false;
        _clock.Advance(SealingKeys.LookInterval);
        Assert.Equal("text", _text.Open(own));
        _storage.IsDown = true;
        _clock.Advance(SealingKeys.LookInterval);
        Assert.Equal("text", _text.Open(own));
        Assert.Null(_text.Open(OfUnknownKey(own)));
    }

    [Fact]
    public void Of_the_spellings_of_a_value_one_opens()
    {
        var own = _text.Seal("text");
        var spellings = Alphabet.Select(last => own[..^1] + last).Append(own + " ").Append(own + "=").Append("\t" + own).Append(own + "==");

        Assert.Equal([own], spellings.Where(spelling => _text.Open(spelling) is not null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("ä")]
    [InlineData("%00")]
    public void What_has_not_the_form_of_a_payload_does_not_open(string value) => Assert.Null(_text.Open(value));

    [Fact]
    public void A_text_sealed_for_a_time_opens_in_that_time_only_and_not_as_another()
    {
        Assert.Equal("text", _text.OpenTimed(_text.Seal("text", TimeSpan.FromMinutes(1))));
        Assert.Null(_text.OpenTimed(_text.Seal("text", TimeSpan.FromMinutes(-1))));
        Assert.Null(_text.OpenTimed(_text.Seal("text")));
        Assert.Null(new SealedText(_one.GetDataProtectionProvider(), "another purpose", _keys).Open(_text.Seal("text")));
    }

    [Fact]
    public void A_state_is_safe_in_a_URL_and_shorter_than_X_allows()
    {
        var states = new SignInStates(_one.GetDataProtectionProvider(), _keys);
        var id = Pkce.RandomValue();
        var state = states.Of(id);

        Assert.Matches("^[A-Za-z0-9_-]{100,250}$", state);
        Assert.NotEqual(state, states.Of(id));
        Assert.Equal(id, states.Open(state));
        Assert.Null(states.Open(id));
    }

    private static string Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static string OfUnknownKey(string value)
    {
        var payload = Base64Url.DecodeFromChars(value);
        RandomNumberGenerator.Fill(payload.AsSpan(4, 16));
        return Base64Url.EncodeToString(payload);
    }

    private ServiceProvider Node()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("test");
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = _storage);
        return services.BuildServiceProvider();
    }
}
