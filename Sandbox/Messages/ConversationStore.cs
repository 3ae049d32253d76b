namespace OrleansTwitterProxy.Sandbox;

/// <summary>All direct messages; every participant sees those of a conversation.</summary>
internal sealed class ConversationStore(SnowflakeIds ids, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Conversation> _conversations = [];
    private readonly List<MessageEvent> _events = [];

    /// <summary>The conversation of two users, which begins with its first message. Its id has the smaller user id first.</summary>
    public Conversation Between(User one, User other)
    {
        var (first, second) = one.Key < other.Key ? (one, other) : (other, one);
        lock (_gate)
        {
            var id = $"{first.Id}-{second.Id}";
            if (!_conversations.TryGetValue(id, out var conversation))
                _conversations[id] = conversation = new Conversation(id, [first, second]);
            return conversation;
        }
    }

    public Conversation BeginGroup(User creator, IEnumerable<User> others)
    {
        var conversation = new Conversation(SnowflakeIds.ToText(ids.Next()), [.. others.Prepend(creator).Distinct()]);
        lock (_gate)
            _conversations[conversation.Id] = conversation;
        Add(conversation, creator, MessageEvent.ParticipantsJoin, "", []);
        return conversation;
    }

    /// <summary>A conversation in which the user takes part.</summary>
    public Conversation? Find(string id, User participant)
    {
        lock (_gate)
        {
            var found = _conversations.GetValueOrDefault(id);
            return found?.Participants.Contains(participant) == true ? found : null;
        }
    }

    public MessageEvent Send(Conversation conversation, User sender, string text, IReadOnlyList<UploadedMedia> media) =>
        Add(conversation, sender, MessageEvent.MessageCreate, text, media);

    /// <summary>An event that the user may see and has not deleted.</summary>
    public MessageEvent? FindEvent(long id, User viewer)
    {
        lock (_gate)
            return _events.Find(item => item.Key == id && IsVisible(item, viewer));
    }

    /// <summary>Deletes an event for one participant.</summary>
    public void Delete(MessageEvent item, User participant)
    {
        lock (_gate)
            item.DeletedBy.Add(participant.Key);
    }

    /// <summary>What a user sees of one conversation, or of all, latest first.</summary>
    public Page<MessageEvent> Read(User viewer, Conversation? conversation, Func<MessageEvent, bool> filter, PageRequest request)
    {
        lock (_gate)
        {
            var seen = _events.Where(item =>
                (conversation is null || item.Conversation == conversation) && IsVisible(item, viewer) && filter(item)
            );
            return Page<MessageEvent>.Take(seen.Reverse(), item => item.Key, request);
        }
    }

    private MessageEvent Add(Conversation conversation, User sender, string type, string text, IReadOnlyList<UploadedMedia> media)
    {
        lock (_gate)
        {
            var added = new MessageEvent(ids.Next(), conversation, sender, clock.GetUtcNow())
            {
                Type = type,
                Text = text,
                Media = media,
            };
            _events.Add(added);
            return added;
        }
    }

    private static bool IsVisible(MessageEvent item, User viewer) =>
        item.Conversation.Participants.Contains(viewer) && !item.DeletedBy.Contains(viewer.Key);
}
