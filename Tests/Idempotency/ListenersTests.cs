using OrleansTwitterProxy.Core.Idempotency;

namespace OrleansTwitterProxy.Tests.Idempotency;

public sealed class ListenersTests : IDisposable
{
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Listeners _listeners;
    private readonly CancellationToken _gone;

    public ListenersTests()
    {
        _listeners = new(_lifetime.Token);
        _gone = _listeners.Gone;
    }

    public void Dispose()
    {
        _listeners.Dispose();
        _lifetime.Dispose();
    }

    [Fact]
    public void A_write_that_has_not_reached_X_ends_with_the_last_who_waits_for_it()
    {
        Assert.True(_listeners.TryJoin());
        _listeners.Leave();
        Assert.False(_gone.IsCancellationRequested);
        _listeners.Leave();
        Assert.True(_gone.IsCancellationRequested);
        Assert.False(_listeners.TryJoin());
        Assert.Throws<OperationCanceledException>(_listeners.EnterX);
    }

    [Fact]
    public void A_write_at_X_goes_on_though_nobody_waits_for_it()
    {
        _listeners.EnterX();
        _listeners.Leave();
        Assert.False(_gone.IsCancellationRequested);
        Assert.True(_listeners.TryJoin());
    }

    [Fact]
    public void A_write_that_X_has_refused_ends_if_nobody_waits_for_it()
    {
        _listeners.EnterX();
        _listeners.Leave();
        _listeners.LeaveX();
        Assert.True(_gone.IsCancellationRequested);
    }

    [Fact]
    public void The_end_of_the_accounts_lifetime_ends_it_wherever_it_is()
    {
        _listeners.EnterX();
        _lifetime.Cancel();
        Assert.True(_gone.IsCancellationRequested);
    }
}
