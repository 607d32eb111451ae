using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace SandGlass.Fleet;

/// <summary>
/// What the gateways of the fleet agree on: what this one holds (its shelves), what Redis was last seen to hold, and how far the others are. The loop
/// calls Redis when something here is to be told, when Redis' revision is another than the one known, or when the number of members is; all else
/// only raises a flag. Outlives every snapshot.
/// </summary>
/// <param name="node">This process among others, an even number; 0: drawn.</param>
public sealed class FleetShare(ulong node = 0)
{
    /// <summary>Things of Redis that are heard at once, whoever has put them there; a fleet has some dozens.</summary>
    private const int Most = 4096;

    private readonly Lock _lock = new();
    private readonly List<IShelf> _shelves = [];
    private Dictionary<string, (string Order, long Revision, bool HasMoment)> _stored = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<FleetPeer> _peers = [];
    private volatile string _name = Environment.MachineName;
    private string _said = string.Empty;
    private long _applied;
    private long _revision;
    private int _counted;
    private volatile bool _wanted = true;
    private volatile bool _heard;
    private volatile bool _isMember;
    private long _expected;
    private long _heardAt;
    private long _patience;

    /// <summary>This process among others.</summary>
    public ulong Node { get; } = node != 0 ? node : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) & ~1UL;

    /// <summary>The same as Redis and the other gateways know it.</summary>
    public string Id => Node.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>This gateway's name for people: the machine's, with the admin port once that is known.</summary>
    public string Name
    {
        get => _name;
        set => (_name, _wanted) = (value, true);
    }

    /// <summary>The other gateways, as they were last heard of.</summary>
    public IReadOnlyList<FleetPeer> Peers => _peers;

    /// <summary>Whether something is to be told or heard.</summary>
    internal bool IsWanted => _wanted;

    /// <summary>Whether the policy names a fleet at all. Without one this gateway is the only one there is.</summary>
    public bool IsMember
    {
        get => _isMember;
        set => _isMember = value;
    }

    /// <summary>Whether the fleet has been heard since the start.</summary>
    public bool IsHeard => _heard;

    /// <summary>Adds a kind of thing that is shared. Before the loop begins.</summary>
    public void Add(IShelf shelf)
    {
        lock (_lock)
        {
            _shelves.Add(shelf);
        }
    }

    /// <summary>Something has changed, here or elsewhere: the next turn looks at it. May be called by anybody, at any time; nothing is done but this.</summary>
    public void Want() => _wanted = true;

    /// <summary>From this moment the fleet is waited for, for as long as <see cref="IsAwaited"/> says.</summary>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="ticksPerSecond">The clock.</param>
    public void Expect(long now, long ticksPerSecond)
    {
        IsMember = true;
        Volatile.Write(ref _expected, now + (ticksPerSecond * 5));
        Volatile.Write(ref _heardAt, now);
        Volatile.Write(ref _patience, ticksPerSecond * 4);
    }

    /// <summary>
    /// Whether a gateway that has just started may still hear from its fleet what it cannot know by itself: how much of a switch's time is left, if the wall clock was set while it
    /// was down. At most five seconds.
    /// </summary>
    public bool IsAwaited(long now) => IsMember && !_heard && now < Volatile.Read(ref _expected);

    /// <summary>What the heartbeat has seen. Of other members than were alive in what was heard last, Redis is asked.</summary>
    internal void Seen(long revision, int members, long now)
    {
        Volatile.Write(ref _heardAt, now);
        if (revision != Volatile.Read(ref _revision) || members != _counted)
        {
            _counted = members;
            _wanted = true;
        }
    }

    /// <summary>Redis is another, or may have forgotten everything: all is told again.</summary>
    internal void Begin()
    {
        lock (_lock)
        {
            _stored = new(StringComparer.Ordinal);
            (_said, _revision) = (string.Empty, -1);
            _wanted = true;
        }
    }

    /// <summary>What is to be told now: things that Redis does not hold, or holds an earlier one of or one without its moment, and what this gateway says of itself where that is new.</summary>
    internal (IReadOnlyList<(string Field, SharedEntry Entry)> Things, string Said) Tell()
    {
        _wanted = false;
        lock (_lock)
        {
            var things = new List<(string, SharedEntry)>();
            foreach (var shelf in _shelves)
            {
                foreach (var entry in shelf.Tell())
                {
                    var field = $"{shelf.Kind}:{entry.Name}";
                    if (IsNews(field, entry))
                    {
                        things.Add((field, entry));
                    }
                }
            }

            var says = Says();
            return (things, says == _said ? string.Empty : says);
        }
    }

    /// <summary>Takes in what Redis answered.</summary>
    /// <exception cref="IOException">The disk does not take what was heard; it is asked for again, and not said to be in force here.</exception>
    internal void Hear(IReadOnlyList<(string Field, SharedEntry Entry)> told, string said, ShareAnswer answer)
    {
        lock (_lock)
        {
            var stored = new Dictionary<string, (string Order, long Revision, bool HasMoment)>(StringComparer.Ordinal);
            foreach (var (field, at, entry) in answer.Things.Take(Most))
            {
                stored[field] = (entry.Order, at, entry.Moment is not null);
            }

            _stored = stored;
            foreach (var (field, entry) in told.Where(t => IsNews(t.Field, t.Entry)))
            {
                stored[field] = (entry.Order, answer.Revision, entry.Moment is not null);
            }

            // An emptied Redis does not know this gateway any more, and says so by leaving it out.
            _said = !answer.Gateways.Any(g => g.Id == Id) ? string.Empty : said.Length > 0 ? said : _said;
            _peers = [.. answer.Gateways.Where(g => g.Id != Id).Select(static g => Peer(g.Id, g.IsAlive, g.Text)).OfType<FleetPeer>()];
            // One that is not alive in this answer but counted by the next heartbeat (Redis was emptied, and it has not said since that it lives) is heard of again then.
            _counted = answer.Gateways.Count(static g => g.IsAlive);
            var clock = DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(answer.Now);
            try
            {
                foreach (var shelf in _shelves)
                {
                    shelf.Hear(clock, [.. answer.Things.Take(Most).Where(t => t.Field.StartsWith(shelf.Kind + ":", StringComparison.Ordinal)).Select(static t => t.Entry)]);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                _wanted = true;
                throw;
            }

            Volatile.Write(ref _revision, answer.Revision);
            _applied = stored.Count == 0 ? 0 : stored.Values.Max(static s => s.Revision);
            _heard = true;
            // What was heard may be news to Redis once more (two changes that did not know of each other), and that it is in force here is news to the others.
            if (Says() != _said || _shelves.Any(s => s.Tell().Any(e => IsNews($"{s.Kind}:{e.Name}", e))))
            {
                _wanted = true;
            }
        }
    }

    /// <summary>On how many gateways a thing is in force as it is here; null without a fleet.</summary>
    /// <param name="kind">The shelf's kind.</param>
    /// <param name="name">The thing's name.</param>
    /// <param name="order">How it stands here.</param>
    public FleetStanding? Standing(string kind, string name, string? order)
    {
        if (!IsMember || order is null)
        {
            return null;
        }

        lock (_lock)
        {
            var field = $"{kind}:{name}";
            var at = _stored.TryGetValue(field, out var stored) && stored.Order == order ? stored.Revision : long.MaxValue;
            var inForce = _shelves.Any(s => s.Kind == kind && s.Acts(name)) ? 1 : 0;
            var missing = new List<string>();
            if (inForce == 0)
            {
                missing.Add($"{Name} (its policy has no such switch in force)");
            }

            // One that was started again is another process under the same name, and the one before is not missed.
            var peers = _peers.Where(p => p.Name != Name).GroupBy(static p => p.Name, StringComparer.Ordinal)
                .Select(static g => g.OrderByDescending(static p => p.IsAlive).ThenByDescending(static p => p.Applied).First()).ToArray();
            foreach (var peer in peers)
            {
                var why = !peer.IsAlive ? "not heard of" : peer.Lacks.Contains(field) ? "its policy has no such switch in force" : peer.Applied < at ? "has not said so yet" : null;
                inForce += why is null ? 1 : 0;
                if (why is not null)
                {
                    missing.Add($"{peer.Name} ({why})");
                }
            }

            return new(inForce, peers.Length + 1, missing);
        }
    }

    /// <summary>
    /// Whether this gateway does what one must do for all, where <paramref name="appointed"/> was to: it is appointed itself, or that one is gone and it is
    /// the first of those left. Cut off from the fleet, each does for itself what it knows of.
    /// </summary>
    /// <param name="appointed">A process; 0: the first of all.</param>
    /// <param name="now">Monotonic ticks.</param>
    public bool Leads(ulong appointed, long now)
    {
        // Cut off is who has not heard Redis for longer than a silent gateway counts as a member.
        if (appointed == Node || !IsMember || now - Volatile.Read(ref _heardAt) > Volatile.Read(ref _patience))
        {
            return true;
        }

        var alive = _peers.Where(static p => p.IsAlive).Select(static p => p.Node).Append(Node).ToArray();
        return _heard && !alive.Contains(appointed) && alive.Min() == Node;
    }

    // The same told by somebody who did not know its moment is news to Redis with it.
    private bool IsNews(string field, SharedEntry entry)
    {
        if (!_stored.TryGetValue(field, out var there))
        {
            return true;
        }

        var order = string.CompareOrdinal(there.Order, entry.Order);
        return order < 0 || (order == 0 && !there.HasMoment && entry.Moment is not null);
    }

    private string Says() => JsonSerializer.Serialize(
        new Word(Name, _applied, [.. _shelves.SelectMany(static s => s.Tell().Where(e => !s.Acts(e.Name)).Select(e => $"{s.Kind}:{e.Name}")).Take(Most)]), JsonSerializerOptions.Web);

    private static FleetPeer? Peer(string id, bool isAlive, string text)
    {
        try
        {
            return ulong.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var node) && JsonSerializer.Deserialize<Word>(text, JsonSerializerOptions.Web) is { Name: { Length: > 0 } name } word
                ? new(node, name, word.Applied, word.Lacks ?? [], isAlive) : null;
        }
        catch (JsonException)
        {
            // A gateway of another version, or somebody's hand.
            return null;
        }
    }

    private sealed record Word(string Name, long Applied, IReadOnlyList<string>? Lacks);
}
