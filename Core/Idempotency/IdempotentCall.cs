using System.Text.Json;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>One attempt of a keyed write: the row of its key decides whether it is sent to X.</summary>
/// <param name="scope">Shared by the account's keyed writes.</param>
/// <param name="call">The write.</param>
/// <param name="fingerprint">The request's fingerprint.</param>
/// <param name="intent">The key's row.</param>
/// <param name="forwarder">Sends the write, and the lookup of an earlier attempt's post.</param>
internal sealed class IdempotentCall(
    KeyedWriteScope scope,
    AdmittedCall call,
    string fingerprint,
    WriteIntent intent,
    CallForwarder forwarder
)
{
    private readonly RepeatEffect _effect = RepeatEffects.Of(call.Endpoint);

    private DateTimeOffset Now => scope.TimeProvider.GetUtcNow();

    /// <param name="gone">Cancelled when no caller waits for the write any more and X has not been called.</param>
    public async Task<ForwardResponse> RunAsync(CancellationToken gone)
    {
        // 1. Load the key's row.
        await intent.LoadAsync();
        var known = intent.Known;
        if (known is not null && known.Fingerprint != fingerprint)
            return ForwardResponse.Rejected(KeyReused());
        // 2. A response is stored: repeat it. X is not called, so neither circuit nor windows matter.
        if (known?.Answer is { } answer)
            return answer.Replay();
        // 3. An earlier attempt has no response: find out whether X has acted.
        if (known is not null && await ReconcileAsync(known, gone) is { } settled)
            return settled;
        // 4. Send. The intent is saved after circuit, windows and token have admitted the call.
        var response = await forwarder.SendAsync(call, intent, gone);
        // 5. Save the response, or that the outcome is in doubt.
        return intent.Saved is { } saved ? await SettleAsync(response, saved, gone) : response;
    }

    internal static Rejection KeyReused() =>
        new(
            RejectionReason.IdempotencyKeyReused,
            $"This {IdempotencyKey.Header} was used for another request. Method, path, content type and body must be the same; use a new key for a new request."
        );

    private async Task<ForwardResponse?> ReconcileAsync(IdempotencyRecord known, CancellationToken gone)
    {
        var lease =
            known.Owner == scope.Owner || known.EndedAt is not null
                ? TimeSpan.Zero
                : known.SentAt + scope.Options.InterruptedCallLease - Now;
        switch (_effect)
        {
            case RepeatEffect.None:
                return null; // repeating has no further effect
            case RepeatEffect.SecondPost when PostDraft.TryParse(call.Request.Body) is { } draft:
                var lookup = await LookUpAsync(draft, known, gone);
                if (lookup.Post is { } post)
                    return await intent.KeepAsync(Reconciled(post), known);
                if (lookup.Rejection is { } rejection)
                    return ForwardResponse.Rejected(rejection);
                if (lease > TimeSpan.Zero)
                    return ForwardResponse.Rejected(WriteIntent.InProgress(lease));
                var settles = (known.EndedAt ?? known.SentAt + scope.UpstreamTimeout) + scope.Options.ResendAfter - Now;
                if (settles > TimeSpan.Zero || !lookup.Complete)
                    return ForwardResponse.Rejected(InDoubt(settles > WriteIntent.Soon ? settles : WriteIntent.Soon));
                // The post is missing. If X only does not show it yet, X rejects the second one as a duplicate.
                return draft.IsPlain ? null : ForwardResponse.Rejected(Unknown());
            default:
                return ForwardResponse.Rejected(lease > TimeSpan.Zero ? WriteIntent.InProgress(lease) : Unknown());
        }
    }

    private async Task<ForwardResponse> SettleAsync(ForwardResponse response, IdempotencyRecord saved, CancellationToken gone)
    {
        switch (WriteOutcomes.Of(response))
        {
            case WriteOutcome.NotActed:
                await intent.TakeBackAsync();
                return response;
            // X may have rejected it as a duplicate of an earlier attempt with this key.
            case WriteOutcome.Final when intent.Known is not null && response.Status == 403 && _effect is RepeatEffect.SecondPost:
                return await FoundAsync(saved, gone) ?? response;
            case WriteOutcome.Final:
                return await intent.KeepAsync(response, saved);
            default:
                var ended = saved with { EndedAt = Now };
                if (await FoundAsync(ended, gone) is { } found)
                    return found;
                await intent.KeepEndAsync(ended);
                return response.Rejection?.Reason is RejectionReason.OutcomeUnknown && _effect is not RepeatEffect.Unknown
                    ? response with
                    {
                        Rejection = InDoubt(WriteIntent.Soon),
                    }
                    : response;
        }
    }

    private async Task<ForwardResponse?> FoundAsync(IdempotencyRecord saved, CancellationToken gone)
    {
        if (_effect is not RepeatEffect.SecondPost || PostDraft.TryParse(call.Request.Body) is not { } draft)
            return null;
        var lookup = await LookUpAsync(draft, saved, gone);
        return lookup.Post is { } post ? await intent.KeepAsync(Reconciled(post), saved) : null;
    }

    private Task<LookupResult> LookUpAsync(PostDraft draft, IdempotencyRecord record, CancellationToken gone) =>
        new PostLookup(call, scope.Catalogue, forwarder).FindAsync(
            draft,
            record.CreatedAt,
            record.SentAt + scope.UpstreamTimeout + scope.Options.ResendAfter,
            Now,
            gone
        );

    // As X's own response to POST /2/tweets: status 201, id and text.
    private static ForwardResponse Reconciled(FoundPost post) =>
        new()
        {
            Status = 201,
            Headers = [new("Content-Type", "application/json"), new(IdempotencyKey.ReconciledHeader, "true")],
            Body = JsonSerializer.SerializeToUtf8Bytes(new { data = new { id = post.Id, text = post.Text } }),
        };

    private static Rejection InDoubt(TimeSpan retryAfter) =>
        new(
            RejectionReason.OutcomeInDoubt,
            $"It is not yet known whether X has acted. Send it again with the same {IdempotencyKey.Header}: the proxy finds out and performs the write once.",
            retryAfter
        );

    private static Rejection Unknown() =>
        new(
            RejectionReason.OutcomeUnknown,
            "An earlier attempt of this request got no response, and X does not show whether it has acted. The proxy does not send it again. Check at X, and use a new key."
        );
}
