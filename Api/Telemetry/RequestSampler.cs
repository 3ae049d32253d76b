using OpenTelemetry.Trace;

namespace OrleansTwitterProxy.Api.Telemetry;

/// <summary>
/// Records a share of the traces, and none of what Orleans' own grains say to each other without a request. Orleans takes every interface
/// whose name begins with its own for its own, the proxy's too, so that the two share a source.
/// </summary>
internal sealed class RequestSampler(double ratio) : Sampler
{
    private const string OfOrleans = "Orleans.";

    private readonly TraceIdRatioBasedSampler _share = new(ratio);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.ParentContext == default && samplingParameters.Name.StartsWith(OfOrleans, StringComparison.Ordinal)
            ? new(SamplingDecision.Drop)
            : _share.ShouldSample(samplingParameters);
}
