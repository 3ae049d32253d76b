namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>
/// In which order those who wait go: the most urgent first; among equals one of each client in turn; of one client who came first. Not
/// thread-safe.
/// </summary>
internal sealed class WaitingOrder
{
    private readonly Ring?[] _rings = new Ring?[QueuedCall.LeastUrgent + 1];

    public int Count { get; private set; }

    /// <summary>Urgency of who goes next; past the least urgent when nobody waits.</summary>
    public int MostUrgent
    {
        get
        {
            for (var urgency = 0; urgency < _rings.Length; urgency++)
            {
                if (_rings[urgency] is { IsEmpty: false })
                    return urgency;
            }

            return _rings.Length;
        }
    }

    public void Add(Waiter waiter)
    {
        (_rings[waiter.Urgency] ??= new()).Add(waiter);
        Count++;
    }

    /// <summary>Who goes next leaves the line.</summary>
    public Waiter Take()
    {
        Count--;
        return _rings[MostUrgent]!.Take();
    }

    /// <returns>False when it stands in the line no more.</returns>
    public bool Remove(Waiter waiter)
    {
        if (waiter.Node is null)
            return false;
        _rings[waiter.Urgency]!.Remove(waiter);
        Count--;
        return true;
    }

    /// <summary>Whether the client has somebody waiting who is at least so urgent.</summary>
    public bool Holds(string clientId, int urgency)
    {
        for (var i = 0; i <= urgency; i++)
        {
            if (_rings[i]?.Holds(clientId) is true)
                return true;
        }

        return false;
    }

    /// <summary>Which place a call that stands in the line has: 1 goes next.</summary>
    public int PlaceOf(Waiter waiter) => AheadOf(waiter.Urgency) + _rings[waiter.Urgency]!.IndexOf(waiter) + 1;

    /// <summary>Which place a call would have that came now.</summary>
    public int PlaceOfNewcomer(string clientId, int urgency) => AheadOf(urgency) + (_rings[urgency]?.IndexOfNewcomer(clientId) ?? 0) + 1;

    /// <summary>Everybody with their places, in no particular order.</summary>
    public IEnumerable<(Waiter Waiter, int Place)> Places()
    {
        for (var urgency = 0; urgency < _rings.Length; urgency++)
        {
            if (_rings[urgency] is not { } ring)
                continue;
            var ahead = AheadOf(urgency);
            foreach (var (waiter, index) in ring.Indices())
                yield return (waiter, ahead + index + 1);
        }
    }

    private int AheadOf(int urgency)
    {
        var ahead = 0;
        for (var i = 0; i < urgency; i++)
            ahead += _rings[i]?.Count ?? 0;
        return ahead;
    }

    /// <summary>Those of one urgency: the clients in the order of their turns, each with its own in the order of their tickets.</summary>
    private sealed class Ring
    {
        private readonly LinkedList<(string ClientId, LinkedList<Waiter> Waiters)> _clients = [];
        private readonly Dictionary<string, LinkedListNode<(string ClientId, LinkedList<Waiter> Waiters)>> _byId = new(
            StringComparer.Ordinal
        );

        public int Count { get; private set; }

        public bool IsEmpty => Count == 0;

        public bool Holds(string clientId) => _byId.ContainsKey(clientId);

        public void Add(Waiter waiter)
        {
            if (!_byId.TryGetValue(waiter.ClientId, out var client))
                _byId.Add(waiter.ClientId, client = _clients.AddLast((waiter.ClientId, [])));
            // From the end, where newcomers belong; one that X has sent back stands further ahead.
            var before = client.Value.Waiters.Last;
            while (before is not null && before.Value.Ticket > waiter.Ticket)
                before = before.Previous;
            waiter.Node = before is null ? client.Value.Waiters.AddFirst(waiter) : client.Value.Waiters.AddAfter(before, waiter);
            Count++;
        }

        public Waiter Take()
        {
            var client = _clients.First!;
            var waiter = client.Value.Waiters.First!.Value;
            Remove(waiter);
            if (client.List is null)
                return waiter; // it was the client's last
            _clients.Remove(client);
            _clients.AddLast(client);
            return waiter;
        }

        public void Remove(Waiter waiter)
        {
            var client = _byId[waiter.ClientId];
            client.Value.Waiters.Remove(waiter.Node!);
            waiter.Node = null;
            Count--;
            if (client.Value.Waiters.Count > 0)
                return;
            _clients.Remove(client);
            _byId.Remove(waiter.ClientId);
        }

        public int IndexOf(Waiter waiter)
        {
            var index = 0;
            for (var before = waiter.Node!.Previous; before is not null; before = before.Previous)
                index++;
            return IndexOf(waiter.ClientId, index);
        }

        public int IndexOfNewcomer(string clientId) =>
            IndexOf(clientId, _byId.TryGetValue(clientId, out var client) ? client.Value.Waiters.Count : 0);

        public IEnumerable<(Waiter Waiter, int Index)> Indices()
        {
            foreach (var (clientId, waiters) in _clients)
            {
                var own = 0;
                foreach (var waiter in waiters)
                    yield return (waiter, IndexOf(clientId, own++));
            }
        }

        // Before the n-th of a client go n of its own, and of every other client n, or n + 1 if its turn comes first; or as many as it has.
        private int IndexOf(string clientId, int own)
        {
            var (index, comesFirst) = (own, true);
            foreach (var (other, waiters) in _clients)
            {
                if (other == clientId)
                    comesFirst = false;
                else
                    index += Math.Min(waiters.Count, comesFirst ? own + 1 : own);
            }

            return index;
        }
    }
}
