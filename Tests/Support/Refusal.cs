namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Checks which refusal an answer is.</summary>
internal static class Refusal
{
    public static async Task<Problem> ExpectAsync(HttpResponseMessage response, int status, string reason)
    {
        var problem = await Problem.ReadAsync(response);
        Assert.True((status, reason) == (problem.Status, problem.Reason), $"expected {status} {reason}: {problem.Body}");
        return problem;
    }
}
