using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>The media calls of one upload, made through the account like any other: the same windows, circuit, token and answers.</summary>
internal sealed class MediaAtTwitter(SessionLocator sessions, string accountId, MediaRetries patience, SegmentPace pace)
{
    private const int FrameBytes = 512;

    /// <summary>In the queue behind people who wait for an answer (RFC 9218: 0 to 7, ordinary calls have 3).</summary>
    private const int Urgency = 5;

    /// <summary>Random, and for as long as the process lives: nobody can make media that has it inside.</summary>
    private static readonly string Boundary = $"segment-{Guid.NewGuid():N}";

    private static readonly HeaderField Accept = new("Accept", "application/json");
    private static readonly HeaderField[] Plain = [Accept];
    private static readonly HeaderField[] Json = [Accept, new("Content-Type", "application/json")];
    private static readonly HeaderField[] Multipart = [Accept, new("Content-Type", $"multipart/form-data; boundary={Boundary}")];

    public Task<MediaResult> InitializeAsync(NewUpload upload, string category, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, object>
            {
                ["media_type"] = upload.MediaType,
                ["total_bytes"] = upload.TotalBytes,
                ["media_category"] = category,
            }
        );
        return SendAsync(
            upload.Caller.SessionId,
            "POST /2/media/upload/initialize",
            "/2/media/upload/initialize",
            Json,
            body,
            cancellationToken
        );
    }

    /// <summary>Sends a segment; one that is sent again has the same index and bytes, and X takes it for the same.</summary>
    /// <param name="record">The upload.</param>
    /// <param name="index">segment_index.</param>
    /// <param name="before">Its first bytes.</param>
    /// <param name="rest">The others.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<MediaResult> AppendAsync(
        UploadRecord record,
        int index,
        ReadOnlyMemory<byte> before,
        ReadOnlyMemory<byte> rest,
        CancellationToken cancellationToken
    )
    {
        await pace.WaitAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(before.Length + rest.Length + FrameBytes);
        var length = Frame(buffer, index, before.Span, rest.Span);
        var result = await SendAsync(
            record.SessionId,
            "POST /2/media/upload/{id}/append",
            $"/2/media/upload/{record.MediaId}/append",
            Multipart,
            buffer.AsMemory(0, length),
            cancellationToken
        );
        // Only then is it sure that nobody reads from it any more: else another upload's bytes might go out in this one's place.
        if (result.Answer is not null)
            ArrayPool<byte>.Shared.Return(buffer);
        return result;
    }

    public Task<MediaResult> FinalizeAsync(UploadRecord record, CancellationToken cancellationToken) =>
        SendAsync(
            record.SessionId,
            "POST /2/media/upload/{id}/finalize",
            $"/2/media/upload/{record.MediaId}/finalize",
            Plain,
            default,
            cancellationToken,
            record.MediaId
        );

    public Task<MediaResult> GetStatusAsync(UploadRecord record, CancellationToken cancellationToken) =>
        SendAsync(
            record.SessionId,
            "GET /2/media/upload",
            $"/2/media/upload?command=STATUS&media_id={record.MediaId}",
            Plain,
            default,
            cancellationToken,
            record.MediaId
        );

    public async Task<MediaResult> DescribeAsync(UploadRecord record, string altText, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { id = record.MediaId, metadata = new { alt_text = new { text = altText } } });
        var result = await SendAsync(record.SessionId, "POST /2/media/metadata", "/2/media/metadata", Json, body, cancellationToken);
        // A refusal is about the text: X has not looked into the media for it.
        return
            result.Rejection
                is { Reason: RejectionReason.UploadGone or RejectionReason.MediaRejected or RejectionReason.MediaTooLarge } about
            ? result with
            {
                Rejection = about with { Reason = RejectionReason.UpstreamRefused },
            }
            : result;
    }

    private Task<MediaResult> SendAsync(
        string sessionId,
        string endpointKey,
        string target,
        HeaderField[] headers,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken,
        string? about = null
    ) =>
        patience.SendAsync(
            sessions(accountId),
            new()
            {
                SessionId = sessionId,
                EndpointKey = endpointKey,
                Method = endpointKey[..endpointKey.IndexOf(' ', StringComparison.Ordinal)],
                Target = target,
                Headers = headers,
                Body = body,
                Urgency = Urgency,
            },
            about,
            cancellationToken
        );

    // RFC 7578: the index, then the bytes.
    private static int Frame(byte[] buffer, int index, ReadOnlySpan<byte> before, ReadOnlySpan<byte> rest)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"segment_index\"\r\n\r\n{index}\r\n--{Boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"segment\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        var at = Encoding.ASCII.GetBytes(head, buffer);
        before.CopyTo(buffer.AsSpan(at));
        rest.CopyTo(buffer.AsSpan(at + before.Length));
        at += before.Length + rest.Length;
        return at + Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n", buffer.AsSpan(at));
    }
}
