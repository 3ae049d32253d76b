using Microsoft.AspNetCore.Builder;
using OrleansTwitterProxy.Api.Standalone;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Which engine the contract tests run on. Tests.Cluster compiles the same tests with an EngineUnderTest of its own.</summary>
internal static class EngineUnderTest
{
    public static Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder> customize) => StandaloneApplication.BuildAsync(args, customize);
}
