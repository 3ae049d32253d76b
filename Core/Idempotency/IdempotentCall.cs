using System.Text.Json;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// One sending of a write that carries a key. The intent is saved before X is called, over the version that was read: it proves that the
/// store can be written, and no second activation can send meanwhile. An intent found without an answer is a write in doubt.
/// </summary>
/// <param name="scope">What the account's keyed writes share.</param>
/// <param name="row">The key's row.</param>
/// <param name="fingerprint">Of the request.</param>
/// <param name="request">The write.</param>
/// <param name="endpoint">Where it goes.</param>
/// <param name="listeners">Those who wait for it.</param>
internal sealed partial class IdempotentCall(KeyedWriteScope scope, string row, string fingerprint, ForwardRequest request, Endpoint endpoint, Listeners listeners) : IWriteGuard
{
    /// <summary>How soon to ask again for what can be settled at once.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly RepeatEffect _effect = RepeatEffects.Of(endpoint);
    private IdempotencyRecord? _known; // as found
    private IdempotencyRecord? _intent; // as saved by this sending; null while X has not been called, or has said that it did not act
    private string? _version;

    public string Row => row;

    private DateTimeOffset Now => scope.TimeProvider.GetUtcNow();

    public async Task<ForwardResponse> RunAsync()
    {
        // 1. What is known of the key? A row past its time counts as none, and is written over.
        var stored = await scope.Store.LoadAsync(row, CancellationToken.None);
        _version = stored?.Version;
        _known = stored?.Record.CreatedAt + scope.Options.KeepFor > Now ? stored?.Record : null;
        if (_known is not null && _known.Fingerprint != fingerprint) return ForwardResponse.Rejected(KeyReused());
        // 2. Answered before: the same again. X is not asked, so neither circuit nor windows matter.
        if (_known?.Answer is { } answer) return answer.Replay();
        // 3. Sent before, and not answered: what has become of it?
        if (_known is not null && await ReconcileAsync(_known) is { } settled) return settled;
        // 4. Send; the intent is saved when circuit, windows and token have let it through.
        var response = await scope.Forward(request, this, listeners.Gone);
        // 5. Keep the answer, or what is in doubt.
        return _intent is null ? response : await SettleAsync(response, _intent);
    }

    internal static Rejection KeyReused() => new(
        RejectionReason.IdempotencyKeyReused, $"Another request was sent with this {IdempotencyKey.Header}: method, path, content type and body must be the same. Use a new key for a new request.");

    async Task<Rejection?> IWriteGuard.BeforeSendAsync()
    {
        listeners.EnterX();
        var now = Now;
        var intent = new IdempotencyRecord { Fingerprint = fingerprint, CreatedAt = (_intent ?? _known)?.CreatedAt ?? now, SentAt = now, Owner = scope.Owner };
        if (await scope.Store.TrySaveAsync(row, intent, _version, CancellationToken.None) is not { } version) return InProgress(Soon);
        (_version, _intent) = (version, intent);
        return null;
    }

    async Task IWriteGuard.NotActedAsync()
    {
        await TakeBackAsync();
        listeners.LeaveX();
    }

    private async Task<ForwardResponse?> ReconcileAsync(IdempotencyRecord known)
    {
        var lease = known.Owner == scope.Owner || known.EndedAt is not null ? TimeSpan.Zero : known.SentAt + scope.Options.InterruptedCallLease - Now;
        switch (_effect)
        {
            case RepeatEffect.None:
                return null; // twice is as good as once
            case RepeatEffect.SecondPost when PostDraft.TryParse(request.Body) is { } draft:
                var lookup = await LookUpAsync(draft, known);
                if (lookup.Post is { } post) return await AnswerAsync(Reconciled(post), known);
                if (lookup.Rejection is { } rejection) return ForwardResponse.Rejected(rejection);
                if (lease > TimeSpan.Zero) return ForwardResponse.Rejected(InProgress(lease));
                var settles = (known.EndedAt ?? known.SentAt + scope.UpstreamTimeout) + scope.Options.ResendAfter - Now;
                if (settles > TimeSpan.Zero || !lookup.Complete) return ForwardResponse.Rejected(InDoubt(settles > Soon ? settles : Soon));
                // It is not there. Should X only not show it yet, then X refuses the second.
                return draft.IsPlain ? null : ForwardResponse.Rejected(Unknown());
            default:
                return ForwardResponse.Rejected(lease > TimeSpan.Zero ? InProgress(lease) : Unknown());
        }
    }

    private async Task<ForwardResponse> SettleAsync(ForwardResponse response, IdempotencyRecord intent)
    {
        switch (WriteOutcomes.Of(response))
        {
            case WriteOutcome.NotActed:
                await TakeBackAsync();
                return response;
            // Refused as a duplicate, perhaps, of what this very key sent before.
            case WriteOutcome.Final when _known is not null && response.Status == 403 && _effect is RepeatEffect.SecondPost:
                return await FoundAsync(intent) ?? response;
            case WriteOutcome.Final:
                return await AnswerAsync(response, intent);
            default:
                var ended = intent with { EndedAt = Now };
                if (await FoundAsync(ended) is { } found) return found;
                await KeepAsync(ended);
                return response.Rejection?.Reason is RejectionReason.OutcomeUnknown && _effect is not RepeatEffect.Unknown
                    ? response with { Rejection = InDoubt(Soon) }
                    : response;
        }
    }

    private async Task<ForwardResponse?> FoundAsync(IdempotencyRecord intent)
    {
        if (_effect is not RepeatEffect.SecondPost || PostDraft.TryParse(request.Body) is not { } draft) return null;
        var lookup = await LookUpAsync(draft, intent);
        return lookup.Post is { } post ? await AnswerAsync(Reconciled(post), intent) : null;
    }

    private Task<LookupResult> LookUpAsync(PostDraft draft, IdempotencyRecord intent) =>
        new PostLookup(request.SessionId, call => scope.Forward(call, null, listeners.Gone))
            .FindAsync(draft, intent.CreatedAt, intent.SentAt + scope.UpstreamTimeout + scope.Options.ResendAfter, Now);

    // X's own answer to POST /2/tweets: status 201, id and text.
    private static ForwardResponse Reconciled(FoundPost post) => new()
    {
        Status = 201,
        Headers = [new("Content-Type", "application/json"), new(IdempotencyKey.ReconciledHeader, "true")],
        Body = JsonSerializer.SerializeToUtf8Bytes(new { data = new { id = post.Id, text = post.Text } }),
    };

    // What X has said is said also when it cannot be kept: the row stays in doubt then, and the next sending finds out.
    private async Task<ForwardResponse> AnswerAsync(ForwardResponse response, IdempotencyRecord intent)
    {
        var record = intent with { Answer = StoredAnswer.Of(response) };
        try
        {
            if (await scope.Store.TrySaveAsync(row, record, _version, CancellationToken.None) is null) LogNotKept(scope.Logger, null, scope.AccountId, endpoint.Key);
        }
        catch (StoreUnavailableException e)
        {
            LogNotKept(scope.Logger, e, scope.AccountId, endpoint.Key);
        }

        return response;
    }

    private async Task KeepAsync(IdempotencyRecord ended)
    {
        try
        {
            await scope.Store.TrySaveAsync(row, ended, _version, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It counts then as ended when X's time for it is over.
        }
    }

    // X has not acted: the row says again what it said before this sending.
    private async Task TakeBackAsync()
    {
        try
        {
            if (_known is not null) _version = await scope.Store.TrySaveAsync(row, _known, _version, CancellationToken.None) ?? _version;
            else if (await scope.Store.TryDeleteAsync(row, _version!, CancellationToken.None)) _version = null;
            _intent = null;
        }
        catch (StoreUnavailableException)
        {
            // It counts as in doubt then: the next sending finds out, where that can be.
        }
    }

    private static Rejection InProgress(TimeSpan retryAfter) => new(
        RejectionReason.IdempotencyInProgress, $"The first request with this {IdempotencyKey.Header} is still under way elsewhere. Send it again with the same key.", retryAfter);

    private static Rejection InDoubt(TimeSpan retryAfter) => new(
        RejectionReason.OutcomeInDoubt, $"It is not known yet whether X has acted. Send it again with the same {IdempotencyKey.Header}: the proxy finds out, and does it once.", retryAfter);

    private static Rejection Unknown() => new(
        RejectionReason.OutcomeUnknown, "An earlier sending of this request got no answer, and X does not tell whether it has acted. The proxy does not send it again; check, and use a new key.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {AccountId}: the answer to a keyed {EndpointKey} could not be kept; should it be sent again, X is asked what became of it")]
    private static partial void LogNotKept(ILogger logger, Exception? exception, string accountId, string endpointKey);
}
