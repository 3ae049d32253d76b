using System.Text.Json.Serialization;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// One scripted fault. <see cref="Endpoint"/>, <see cref="Account"/>, <see cref="Skip"/>, <see cref="Times"/> and <see cref="Ratio"/>
/// select the requests.
/// The effects, in this order: <see cref="Delay"/>; <see cref="Stall"/>; the named reply (<see cref="Status"/>, <see cref="Variant"/>,
/// <see cref="Body"/>), or X's normal handling if none is named; <see cref="StallAfterEffect"/>; then <see cref="LostResponse"/>,
/// <see cref="CutOff"/>, or the response with <see cref="Headers"/> applied. A fault without an effect only signals that a request has
/// reached it. Delays run on real time and stalls until a release, never on the server's TimeProvider.
/// </summary>
public sealed class Fault
{
    /// <summary>
    /// The endpoints: <c>*</c>, a short name (<c>token</c>, <c>revoke</c>, <c>authorize</c>, <c>stream</c>), an endpoint key
    /// (<c>POST /2/tweets</c>), or a path pattern with an optional method (<c>GET /2/users/*</c>).
    /// </summary>
    public string Endpoint { get; init; } = "*";

    /// <summary>Only requests of this account; null for all.</summary>
    public string? Account { get; init; }

    /// <summary>Responds with this error of X instead of handling the request.</summary>
    public FaultVariant? Variant { get; init; }

    /// <summary>Responds with this status instead of handling the request; replaces the variant's status if both are given.</summary>
    public int? Status { get; init; }

    /// <summary>
    /// Responds with this body instead of handling the request, with status 500 unless given. The content type is JSON unless
    /// <see cref="Headers"/> sets another.
    /// </summary>
    public string? Body { get; init; }

    /// <summary>Headers to set on the response; a null value removes the header.</summary>
    public IReadOnlyDictionary<string, string?> Headers { get; init; } = new Dictionary<string, string?>();

    /// <summary>Waits this long, in real time, before all else. Over HTTP: delay_ms.</summary>
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

    /// <summary>Maximum number of requests that get the fault; null for all until it is removed.</summary>
    public int? Times { get; init; }

    /// <summary>Share of the matching requests that get the fault, 0 to 1, drawn with <see cref="Seed"/>; null for all.</summary>
    public double? Ratio { get; init; }

    /// <summary>Seed for <see cref="Ratio"/>: the same requests in the same order get the same result.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many matching requests to skip first.</summary>
    public int Skip { get; init; }

    /// <summary>Number given by <see cref="SandboxFaults.Add"/>, for removal over HTTP.</summary>
    [JsonInclude]
    public int Id { get; internal set; }

    /// <summary>How many requests have got the fault.</summary>
    [JsonInclude]
    public int Hits { get; internal set; }

    internal bool NamesReply => Variant is not null || Status is not null || Body is not null;
}
