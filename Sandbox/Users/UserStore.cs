using System.Collections.Concurrent;
using System.Text;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>All users of X. Names are compared without case; a new name becomes an account when it signs in.</summary>
internal sealed class UserStore
{
    private readonly ConcurrentDictionary<string, User> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<long, User> _byId = new();
    private readonly TimeProvider _clock;

    public UserStore(TimeProvider clock)
    {
        _clock = clock;
        foreach (var name in Residents)
            GetOrAdd(name);
    }

    /// <summary>The accounts that the consent page offers.</summary>
    public static IReadOnlyList<string> Residents { get; } = ["alice", "bob", "carol"];

    /// <summary>X's rule for names: 1 to 15 letters, digits and underscores; up to 50 here, so that tests can use long names.</summary>
    public static bool IsName(string name) =>
        name.Length is >= 1 and <= 50 && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    public IEnumerable<User> All => _byId.Values;

    public User? Find(long id) => _byId.GetValueOrDefault(id);

    public User? Find(string name) => _byName.GetValueOrDefault(name);

    public User GetOrAdd(string name) => _byName.GetOrAdd(name, added =>
        {
            var user = new User(IdOf(added), added, _clock.GetUtcNow());
            return _byId.GetOrAdd(user.Key, user);
        });

    /// <summary>
    /// An id that depends only on the name (FNV-1a), so that "alice" is the same account after a restart of the sandbox, and sessions
    /// stored by a proxy still belong to her.
    /// </summary>
    private static long IdOf(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(name.ToLowerInvariant()))
            hash = (hash ^ octet) * 1099511628211UL;
        return 1_000_000_000_000_000_000L + (long)(hash % 800_000_000_000_000_000UL);
    }
}
