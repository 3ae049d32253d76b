using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Errors;

/// <summary>A rejection as the result of an endpoint.</summary>
public sealed class ProblemResult(Rejection rejection, IReadOnlyDictionary<string, string[]>? errors = null) : IResult
{
    /// <summary>A request whose field is not valid.</summary>
    public static ProblemResult Invalid(string field, string message) =>
        new(new(RejectionReason.InvalidRequest, $"{field}: {message}"), new Dictionary<string, string[]> { [field] = [message] });

    public Task ExecuteAsync(HttpContext httpContext) => Problems.WriteAsync(httpContext, rejection, errors);
}
