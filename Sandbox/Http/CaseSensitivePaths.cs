using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Routing.Patterns;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Drops the routes whose fixed segments have other letters than the path: ASP.NET ignores case, X does not.</summary>
internal sealed class CaseSensitivePaths : MatcherPolicy, IEndpointSelectorPolicy
{
    // After the built-in policies, the one for methods among them.
    public override int Order => 1000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        var segments = (httpContext.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i) && candidates[i].Endpoint is RouteEndpoint route && !Matches(route.RoutePattern, segments))
                candidates.SetValidity(i, false);
        }
        return Task.CompletedTask;
    }

    private static bool Matches(RoutePattern pattern, string[] segments)
    {
        for (var i = 0; i < pattern.PathSegments.Count && i < segments.Length; i++)
        {
            if (pattern.PathSegments[i].Parts is [RoutePatternLiteralPart literal] && literal.Content != segments[i])
                return false;
        }
        return true;
    }
}
