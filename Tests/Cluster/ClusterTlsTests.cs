using Orleans.Connections.Security;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Cluster;

public sealed class ClusterTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Without_files_there_is_no_tls() => Assert.Null(ClusterTls.Of(new(), _clock));

    [Fact]
    public void A_self_signed_certificate_is_its_own_authority() =>
        Assert.NotNull(ClusterTls.Of(new() { Tls = _authority.Itself }, _clock));

    [Theory]
    [InlineData("Certificate")]
    [InlineData("Key")]
    [InlineData("Authority")]
    public void A_file_that_is_not_set_or_not_there_is_named(string setting)
    {
        var property = typeof(ClusterTlsOptions).GetProperty(setting)!;
        var files = _authority.Issue("silo");
        property.SetValue(files, "");
        Assert.Contains($"Cluster__Tls__{setting} is not set", RefusalOf(files), StringComparison.Ordinal);
        property.SetValue(files, "/no/such/file.pem");
        Assert.Contains($"Cluster__Tls__{setting}: there is no file /no/such/file.pem", RefusalOf(files), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Certificate")]
    [InlineData("Key")]
    [InlineData("Authority")]
    public void A_file_that_is_no_pem_stops_the_start(string setting)
    {
        var files = _authority.Issue("silo");
        File.WriteAllText((string)typeof(ClusterTlsOptions).GetProperty(setting)!.GetValue(files)!, "nothing of the kind");
        Assert.StartsWith("Not started: Cluster__Tls", RefusalOf(files), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_of_another_authority_stops_the_start()
    {
        using var foreign = new TestAuthority();
        var files = foreign.Issue("silo");
        files.Authority = _authority.AuthorityPath;
        Assert.Contains("is not signed by", RefusalOf(files), StringComparison.Ordinal);
    }

    [Fact]
    public void An_expired_certificate_stops_the_start() =>
        Assert.Contains(
            "not valid today",
            RefusalOf(_authority.Issue("silo", end: new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero))),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_renewed_certificate_is_presented_within_a_minute_and_half_a_file_is_not()
    {
        var files = _authority.Issue("silo");
        var options = new TlsOptions();
        ClusterTls.Of(new() { Tls = files }, _clock)!.Configure(options);
        var before = Presented();

        _authority.Issue("silo");
        Assert.Equal(before, Presented());
        var whole = File.ReadAllText(files.Certificate);
        File.WriteAllText(files.Certificate, whole[..(whole.Length / 2)]);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(before, Presented());

        File.WriteAllText(files.Certificate, whole);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(before, Presented());

        string Presented()
        {
            var toClients = options.LocalServerCertificateSelector!(null!, null).Thumbprint;
            Assert.Equal(toClients, options.LocalClientCertificateSelector!(this, "", [], null, [])!.Thumbprint);
            return toClients;
        }
    }

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("10.0.0.1", "127.0.0.1")]
    public void A_silo_that_only_this_machine_reaches_needs_no_tls(string advertised, string? listen) =>
        StartupChecks.RequireTlsOffLoopback(new() { AdvertisedAddress = advertised, ListenAddress = listen });

    [Theory]
    [InlineData(null, null)]
    [InlineData("10.0.0.1", null)]
    [InlineData("127.0.0.1", "0.0.0.0")]
    public void A_silo_that_others_reach_needs_tls_or_the_word_of_its_operator(string? advertised, string? listen)
    {
        ClusterOptions Cluster() => new() { AdvertisedAddress = advertised, ListenAddress = listen };

        var refusal = Assert.Throws<StartupException>(() => StartupChecks.RequireTlsOffLoopback(Cluster()));
        Assert.Contains("Cluster__Tls__Certificate", refusal.Message, StringComparison.Ordinal);
        var (withWord, withTls) = (Cluster(), Cluster());
        withWord.AllowUnencrypted = true;
        withTls.Tls = _authority.Issue("silo");
        StartupChecks.RequireTlsOffLoopback(withWord);
        StartupChecks.RequireTlsOffLoopback(withTls);
    }

    private string RefusalOf(ClusterTlsOptions files) =>
        Assert.Throws<StartupException>(() => ClusterTls.Of(new() { Tls = files }, _clock)).Message;
}
