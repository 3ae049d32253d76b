namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>
/// The order of waiting calls: the most urgent first; at the same urgency clients take turns; a client's calls are ordered by ticket. Not
/// thread-safe.
/// </summary>
internal sealed class WaitingOrder
{
    private readonly Ring?[] _rings = new Ring?[QueuedCall.LeastUrgent + 1];

    public int Count { get; private set; }

    /// <summary>Urgency of the next call; higher than any urgency when no call waits.</summary>
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

    /// <summary>The call that is next; null when none waits.</summary>
    public Waiter? Next => Count == 0 ? null : _rings[MostUrgent]!.Next;

    public void Add(Waiter waiter)
    {
        (_rings[waiter.Urgency] ??= new()).Add(waiter);
        Count++;
    }

    /// <summary>Makes a client's more urgent calls this urgent.</summary>
    public void Demote(string clientId, int urgency)
    {
        for (var i = 0; i < urgency; i++)
        {
            foreach (var waiter in _rings[i]?.Of(clientId) ?? [])
            {
                Remove(waiter);
                waiter.Urgency = urgency;
                Add(waiter);
            }
        }
    }

    /// <summary>Removes and returns the next call.</summary>
    public Waiter Take()
    {
        Count--;
        return _rings[MostUrgent]!.Take();
    }

    /// <returns>False when it is not in the line any more.</returns>
    public bool Remove(Waiter waiter)
    {
        if (waiter.Node is null)
            return false;
        _rings[waiter.Urgency]!.Remove(waiter);
        Count--;
        return true;
    }

    /// <summary>Whether a call of the client with at least this urgency is waiting.</summary>
    public bool Holds(string clientId, int urgency)
    {
        for (var i = 0; i <= urgency; i++)
        {
            if (_rings[i]?.Holds(clientId) is true)
                return true;
        }

        return false;
    }

    /// <summary>The place of a waiting call: 1 is next.</summary>
    public int PlaceOf(Waiter waiter) => AheadOf(waiter.Urgency) + _rings[waiter.Urgency]!.IndexOf(waiter) + 1;

    /// <summary>The place that a new call would get.</summary>
    public int PlaceOfNewcomer(string clientId, int urgency) => AheadOf(urgency) + (_rings[urgency]?.IndexOfNewcomer(clientId) ?? 0) + 1;

    /// <summary>All waiting calls with their places, in no particular order.</summary>
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

    /// <summary>The calls of one urgency: clients in the order of their turns, each with its calls in the order of their tickets.</summary>
    private sealed class Ring
    {
        private readonly LinkedList<(string ClientId, LinkedList<Waiter> Waiters)> _clients = [];
        private readonly Dictionary<string, LinkedListNode<(string ClientId, LinkedList<Waiter> Waiters)>> _byId = new(
            StringComparer.Ordinal
        );

        public int Count { get; private set; }

        public bool IsEmpty => Count == 0;

        public Waiter Next => _clients.First!.Value.Waiters.First!.Value;

        public bool Holds(string clientId) => _byId.ContainsKey(clientId);

        /// <summary>A copy of the client's calls.</summary>
        public Waiter[] Of(string clientId) => _byId.TryGetValue(clientId, out var client) ? [.. client.Value.Waiters] : [];

        public void Add(Waiter waiter)
        {
            if (!_byId.TryGetValue(waiter.ClientId, out var client))
                _byId.Add(waiter.ClientId, client = _clients.AddLast((waiter.ClientId, [])));
            // From the end, where new calls belong; a call that X rejected with 429 keeps its older ticket and goes further ahead.
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
                return waiter; // it was the client's last call
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

        // In front of a client's n-th call are its n earlier ones and, for every other client, n, or n + 1 if its turn comes first, or all
        // if fewer.
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
