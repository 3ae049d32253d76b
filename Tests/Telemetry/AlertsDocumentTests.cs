using System.Text.RegularExpressions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Telemetry;

/// <summary>Alerts, their tests, runbook and dashboard speak of the same things. Tests.Cluster runs promtool on them.</summary>
public sealed partial class AlertsDocumentTests
{
    private static readonly string Rules = Read("deploy", "prometheus", "alerts.yml");

    private static readonly string[] Alerts = [.. Alert().Matches(Rules).Select(match => match.Groups[1].Value)];

    [Fact]
    public void Every_alert_has_a_section_in_the_runbook_and_the_runbook_no_other()
    {
        var sections = Section().Matches(Read("docs", "operating", "alerts.md")).Select(match => match.Groups[1].Value);

        Assert.NotEmpty(Alerts);
        Assert.Equal(Alerts, sections);
        Assert.All(Alerts, alert =>
            Assert.Contains($"runbook: docs/operating/alerts.md#{alert.ToLowerInvariant()}\n", Rules, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Every_alert_has_a_case_in_which_it_fires()
    {
        var tests = Read("deploy", "prometheus", "alerts.test.yml");

        Assert.All(Alerts, alert => Assert.Contains($"name: {alert} fires\n", tests, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("deploy/prometheus/alerts.yml")]
    [InlineData("deploy/prometheus/alerts.test.yml")]
    [InlineData("deploy/grafana/dashboard.json")]
    [InlineData("docs/operating/alerts.md")]
    public void They_name_metrics_that_the_proxy_has(string file)
    {
        var known = KnownMetric().Matches(Read("docs", "operating", "monitoring.md")).Select(match => match.Groups[1].Value).ToHashSet();

        var named = NamedMetric().Matches(Read(file.Split('/'))).Select(match => match.Groups["name"].Value).ToHashSet();

        Assert.NotEmpty(named);
        Assert.Subset(known, named);
    }

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([CheckedIn.Root, .. path]));

    [GeneratedRegex(@"^      - alert: (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex(@"^## (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^\| `otp\.[a-z_.]+` \| `(otp_[a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex KnownMetric();

    // A histogram's series have these endings.
    [GeneratedRegex(@"\b(?<name>otp_[a-z_]+?)(?=(_bucket|_count|_sum)?\b)")]
    private static partial Regex NamedMetric();
}
