namespace OrleansTwitterProxy.Tests.StandIn;

/// <summary>Direct messages in the sandbox.</summary>
public sealed class MessageTests : IAsyncLifetime
{
    private SandboxUnderTest _x = null!;
    private Caller _alice = null!;
    private Caller _bob = null!;
    private Caller _carol = null!;

    public async Task InitializeAsync()
    {
        _x = await SandboxUnderTest.StartAsync();
        (_alice, _bob, _carol) = (_x.User("alice"), _x.User("bob"), _x.User("carol"));
    }

    public async Task DisposeAsync() => await _x.DisposeAsync();

    [Fact]
    public async Task Both_parties_see_a_message_and_nobody_else_does()
    {
        var sent = await _alice.DataAsync("POST", $"/2/dm_conversations/with/{_bob.Id}/messages", new { text = "hello" });
        var (conversation, id) = (sent.GetProperty("dm_conversation_id").GetString(), sent.GetProperty("dm_event_id").GetString()!);

        var byBob = await _bob.GetAsync("/2/dm_events?dm_event.fields=sender_id,dm_conversation_id&expansions=sender_id");
        var received = Assert.Single(byBob.GetProperty("data").EnumerateArray().ToArray());
        Assert.Equal("hello", received.GetProperty("text").GetString());
        Assert.Equal(
            (_alice.Id, conversation),
            (received.GetProperty("sender_id").GetString(), received.GetProperty("dm_conversation_id").GetString())
        );
        Assert.Equal("alice", byBob.GetProperty("includes").GetProperty("users")[0].GetProperty("username").GetString());
        Assert.Equal([id], await _alice.ListAsync($"/2/dm_conversations/with/{_bob.Id}/dm_events"));
        Assert.Equal([id], await _bob.ListAsync($"/2/dm_conversations/{conversation}/dm_events"));

        Assert.Empty(await _carol.ListAsync("/2/dm_events"));
        Assert.Equal(403, (await _carol.AskAsync("GET", $"/2/dm_conversations/{conversation}/dm_events")).Status);
        Assert.False((await _carol.GetAsync($"/2/dm_events/{id}")).TryGetProperty("data", out _));
    }

    [Fact]
    public async Task A_reply_goes_to_the_same_conversation()
    {
        var first = await _alice.DataAsync("POST", $"/2/dm_conversations/with/{_bob.Id}/messages", new { text = "one" });
        var conversation = first.GetProperty("dm_conversation_id").GetString();

        var second = await _bob.DataAsync("POST", $"/2/dm_conversations/{conversation}/messages", new { text = "two" });

        Assert.Equal(conversation, second.GetProperty("dm_conversation_id").GetString());
        Assert.Equal(["two", "one"], await _alice.ListAsync($"/2/dm_conversations/{conversation}/dm_events", "text"));
        Assert.Equal(403, (await _carol.AskAsync("POST", $"/2/dm_conversations/{conversation}/messages", new { text = "me too" })).Status);
    }

    [Fact]
    public async Task A_group_begins_with_the_join_of_its_participants()
    {
        var sent = await _alice.DataAsync(
            "POST",
            "/2/dm_conversations",
            new
            {
                conversation_type = "Group",
                participant_ids = new[] { _bob.Id, _carol.Id },
                message = new { text = "all of you" },
            }
        );
        var path = $"/2/dm_conversations/{sent.GetProperty("dm_conversation_id").GetString()}/dm_events";

        Assert.Equal(["MessageCreate", "ParticipantsJoin"], await _carol.ListAsync(path, "event_type"));
        Assert.Equal(["MessageCreate"], await _carol.ListAsync(path + "?event_types=MessageCreate", "event_type"));
    }

    [Fact]
    public async Task A_deleted_message_is_gone_for_who_deleted_it()
    {
        var sent = await _alice.DataAsync("POST", $"/2/dm_conversations/with/{_bob.Id}/messages", new { text = "regret" });
        var id = sent.GetProperty("dm_event_id").GetString()!;

        await _alice.SendAsync("DELETE", $"/2/dm_events/{id}");

        Assert.Empty(await _alice.ListAsync("/2/dm_events"));
        Assert.Equal([id], await _bob.ListAsync("/2/dm_events"));
    }

    [Fact]
    public async Task Who_is_blocked_cannot_send()
    {
        await _bob.SendAsync("POST", $"/2/users/{_alice.Id}/dm/block");
        var refused = await _alice.AskAsync("POST", $"/2/dm_conversations/with/{_bob.Id}/messages", new { text = "hello" });
        await _bob.SendAsync("POST", $"/2/users/{_alice.Id}/dm/unblock");

        Assert.Equal((403, "not-authorized-for-resource"), (refused.Status, refused.Problem));
        await _alice.SendAsync("POST", $"/2/dm_conversations/with/{_bob.Id}/messages", new { text = "hello" });
    }
}
