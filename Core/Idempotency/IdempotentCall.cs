using System.Text.Json;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>One sending of a write that carries a key: what is known of it decides whether it goes to X.</summary>
/// <param name="scope">What the account's keyed writes share.</param>
/// <param name="call">The write.</param>
/// <param name="fingerprint">Of the request.</param>
/// <param name="intent">Its row.</param>
/// <param name="forwarder">Where calls go from here: the write, and the look whether it is there already.</param>
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

    /// <param name="gone">Nobody waits for the write any more, and X has not been called.</param>
    public async Task<ForwardResponse> RunAsync(CancellationToken gone)
    {
        // 1. What is known of the key?
        await intent.LoadAsync();
        var known = intent.Known;
        if (known is not null && known.Fingerprint != fingerprint)
            return ForwardResponse.Rejected(KeyReused());
        // 2. Answered before: the same again. X is not asked, so neither circuit nor windows matter.
        if (known?.Answer is { } answer)
            return answer.Replay();
        // 3. Sent before, and not answered: what has become of it?
        if (known is not null && await ReconcileAsync(known, gone) is { } settled)
            return settled;
        // 4. Send. The intent is saved when circuit, windows and token have let it through.
        var response = await forwarder.SendAsync(call, intent, gone);
        // 5. Keep the response, or what is in doubt.
        return intent.Saved is { } saved ? await SettleAsync(response, saved, gone) : response;
    }

    internal static Rejection KeyReused() =>
        new(
            RejectionReason.IdempotencyKeyReused,
            $"Another request was sent with this {IdempotencyKey.Header}: method, path, content type and body must be the same. Use a new key for a new request."
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
                return null; // twice is as good as once
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
                // It is not there. Should X only not show it yet, then X refuses the second.
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
            // Refused as a duplicate, perhaps, of what this very key sent before.
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

    // X's own answer to POST /2/tweets: status 201, id and text.
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
            $"It is not known yet whether X has acted. Send it again with the same {IdempotencyKey.Header}: the proxy finds out, and does it once.",
            retryAfter
        );

    private static Rejection Unknown() =>
        new(
            RejectionReason.OutcomeUnknown,
            "An earlier sending of this request got no answer, and X does not tell whether it has acted. The proxy does not send it again; check, and use a new key."
        );
}
