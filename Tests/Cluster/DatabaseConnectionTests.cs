using Npgsql;
using OrleansTwitterProxy.Api.Cluster;

namespace OrleansTwitterProxy.Tests.Cluster;

public sealed class DatabaseConnectionTests
{
    private const string Plain = "Host=db;Database=otp;Username=otp;Password=p";

    [Fact]
    public void What_is_left_out_has_a_default_and_no_warning()
    {
        var used = new NpgsqlConnectionStringBuilder(DatabaseConnection.WithDefaults(Plain));

        Assert.Equal((5, 10, 15), (used.Timeout, used.CommandTimeout, used.MaxPoolSize));
        Assert.Equal(("db", "otp", "p"), (used.Host, used.Database, used.Password));
        Assert.Empty(DatabaseConnection.Warnings(Plain));
        Assert.Empty(DatabaseConnection.Warnings(used.ToString()));
    }

    [Theory]
    [InlineData("Timeout=15;Command Timeout=30;Maximum Pool Size=100")] // Npgsql's own defaults
    [InlineData("timeout=15;CommandTimeout=30;MaxPoolSize=100")]
    public void What_is_written_stays(string written)
    {
        var used = new NpgsqlConnectionStringBuilder(DatabaseConnection.WithDefaults($"{Plain};{written}"));

        Assert.Equal((15, 30, 100), (used.Timeout, used.CommandTimeout, used.MaxPoolSize));
    }

    [Theory]
    [InlineData("Pooling=false", "Pooling=false opens")]
    [InlineData("Timeout=0", "Timeout=0 s is not between 2 and 30: a call may wait")]
    [InlineData("Timeout=1", "Timeout=1 s is not between 2 and 30: a busy database")]
    [InlineData("Timeout=120", "Timeout=120 s is not between")]
    [InlineData("Command Timeout=0", "Command Timeout=0 s is not between 2 and 60: a call may wait")]
    [InlineData("Command Timeout=1", "a busy database")]
    [InlineData("Command Timeout=600", "Command Timeout=600 s is not between")]
    [InlineData("Maximum Pool Size=500", "Maximum Pool Size=500 is more than 100")]
    public void What_prolongs_an_outage_is_warned_of(string written, string warning) =>
        Assert.Contains(warning, Assert.Single(DatabaseConnection.Warnings($"{Plain};{written}")), StringComparison.Ordinal);
}
