using System.Reflection;
using System.Runtime.CompilerServices;
using OrleansTwitterProxy.Api.Cluster;

namespace OrleansTwitterProxy.Tests.Cluster;

/// <summary>Nothing with which Orleans ends a call is an internal error: it is a lost call.</summary>
public sealed class LostCallTests
{
    // Raised by the proxy's own mistakes, at its start or at its build.
    private static readonly string[] Mistakes =
    [
        "OrleansConfigurationException",
        "SerializationConstructorNotFoundException",
        "EnumerationAbortedException",
    ];

    [Fact]
    public void Every_exception_of_the_published_packages_is_recognised()
    {
        string[] assemblies = ["Orleans.Core.Abstractions", "Orleans.Core", "Orleans.Runtime", "Orleans.Serialization"];
        var unknown = assemblies
            .SelectMany(name => Assembly.Load(name).GetExportedTypes())
            .Where(type => type.IsSubclassOf(typeof(Exception)) && !type.IsAbstract && !Mistakes.Contains(type.Name))
            .Where(type => !LostCall.IsReportedBy((Exception)RuntimeHelpers.GetUninitializedObject(type), CancellationToken.None))
            .Select(type => type.FullName);

        Assert.Empty(unknown);
    }

    [Fact]
    public void A_call_that_nobody_cancelled_was_cancelled_by_Orleans()
    {
        Assert.True(LostCall.IsReportedBy(new OperationCanceledException(), CancellationToken.None));
        Assert.False(LostCall.IsReportedBy(new OperationCanceledException(), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_mistake_of_the_proxys_own_is_not_called_a_lost_node()
    {
        Assert.False(LostCall.IsReportedBy(new InvalidOperationException("Sequence contains no elements"), CancellationToken.None));
        Assert.False(LostCall.IsReportedBy(new ObjectDisposedException("x"), CancellationToken.None));
    }
}
