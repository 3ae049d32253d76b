using System.Text.Json.Serialization;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// One scripted misfortune. Which requests it befalls: <see cref="Endpoint"/>, <see cref="Account"/>, <see cref="Skip"/>,
/// <see cref="Times"/>, <see cref="Ratio"/>. What happens, in this order: <see cref="Delay"/>, <see cref="Stall"/>; then the reply it
/// names (<see cref="Status"/>, <see cref="Variant"/>, <see cref="Body"/>) or, when it names none, X's normal handling; then
/// <see cref="StallAfterEffect"/>; then <see cref="LostResponse"/>, <see cref="CutOff"/>, or the response with
/// <see cref="Headers"/> applied. A fault that does nothing of this is a mere probe to wait for. Delays and stalls run on real time
/// or a release, never on the server's TimeProvider.
/// </summary>
public sealed class Fault
{
    /// <summary>
    /// Which endpoints: <c>*</c>, a short name (<c>token</c>, <c>revoke</c>, <c>authorize</c>, <c>stream</c>), an endpoint key
    /// (<c>POST /2/tweets</c>), or a method and path pattern (<c>GET /2/users/*</c>), the method optional.
    /// </summary>
    public string Endpoint { get; init; } = "*";

    /// <summary>Only requests of this account; null for all.</summary>
    public string? Account { get; init; }

    /// <summary>Answer with this error of X's instead of handling the request.</summary>
    public FaultVariant? Variant { get; init; }

    /// <summary>Answer with this status instead of handling the request; replaces the variant's own if both are given.</summary>
    public int? Status { get; init; }

    /// <summary>
    /// Answer with this body, status 500 unless given, instead of handling the request. It goes out as JSON; <see cref="Headers"/>
    /// can say otherwise.
    /// </summary>
    public string? Body { get; init; }

    /// <summary>Headers to set on the response, whatever it is; a null value drops the header.</summary>
    public IReadOnlyDictionary<string, string?> Headers { get; init; } = new Dictionary<string, string?>();

    /// <summary>Waits this long, in real time, before anything else. Over HTTP: delay_ms.</summary>
    [JsonPropertyName("delay_ms"), JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan Delay { get; init; }

    /// <summary>Holds the request before it has any effect, until released or the connection closes.</summary>
    public bool Stall { get; init; }

    /// <summary>Holds the response after the request took effect, until released or the connection closes.</summary>
    public bool StallAfterEffect { get; init; }

    /// <summary>Sends the headers and half of the body, then aborts the connection.</summary>
    public bool CutOff { get; init; }

    /// <summary>The request takes effect, then the connection is aborted without a response.</summary>
    public bool LostResponse { get; init; }

    /// <summary>How many requests to befall; null for all until the fault is removed.</summary>
    public int? Times { get; init; }

    /// <summary>Share of the matching requests to befall, 0 to 1, drawn from <see cref="Seed"/>; null for all.</summary>
    public double? Ratio { get; init; }

    /// <summary>Seed of the draws for <see cref="Ratio"/>: the same requests in the same order meet the same fate.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many matching requests to let pass first.</summary>
    public int Skip { get; init; }

    /// <summary>Number given by <see cref="SandboxFaults.Add"/>, for removal over HTTP.</summary>
    [JsonInclude]
    public int Id { get; internal set; }

    /// <summary>How many requests it has befallen.</summary>
    [JsonInclude]
    public int Hits { get; internal set; }

    internal bool NamesReply => Variant is not null || Status is not null || Body is not null;
}
