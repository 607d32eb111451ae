using SandGlass.Algorithms.Sharing;

namespace SandGlass.Layers.Switch;

/// <summary>Whether a switch is on, by whom and until when. One immutable record swapped whole, so that a reader never sees half of it.</summary>
/// <param name="id">The switch's id.</param>
public sealed class SwitchState(string id)
{
    private const int On = 1;
    private const int Rehearsed = 2;

    private volatile Position _position = Position.Off;
    private volatile Register<Position>? _register;
    private volatile Register<Position>? _endedHere;
    // What the hot path reads: a bit for each of them, so that a switch that is off costs one volatile read.
    private int _how;

    /// <summary>The switch's id.</summary>
    public string Id { get; } = id;

    /// <summary>Whether it is on.</summary>
    public bool IsOn => (Volatile.Read(ref _how) & On) != 0;

    /// <summary>Whether there is nothing to decide: neither on nor rehearsed.</summary>
    public bool IsIdle => Volatile.Read(ref _how) == 0;

    /// <summary>The position with its versions, as the fleet knows it; null: never thrown.</summary>
    public Register<Position>? Register
    {
        get => _register;
        set => _register = value;
    }

    /// <summary>
    /// The register that still says on while this gateway has it off, since by its own clock its time is over and no second clock has said so yet; null: none.
    /// </summary>
    public Register<Position>? EndedHere
    {
        get => _endedHere;
        set => _endedHere = value;
    }

    /// <summary>All there is to know.</summary>
    public Position Now
    {
        get => _position;
        set
        {
            _position = value;
            if (value.On)
            {
                Interlocked.Or(ref _how, On);
            }
            else
            {
                Interlocked.And(ref _how, ~On);
            }
        }
    }

    /// <summary>Begins or ends to count, while it is off, the requests that it would touch if it were on. Not kept over a restart.</summary>
    public void Rehearse(bool rehearses)
    {
        if (rehearses)
        {
            Interlocked.Or(ref _how, Rehearsed);
        }
        else
        {
            Interlocked.And(ref _how, ~Rehearsed);
        }
    }

    /// <summary>A switch's position.</summary>
    /// <param name="On">Whether it is on.</param>
    /// <param name="Since">Since when, wall clock.</param>
    /// <param name="Until">When it ends by itself, wall clock; null: never.</param>
    /// <param name="By">Who threw it.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Version">Grows by one with each change, so that two who throw it at once find out. 0: never thrown, or kept by an older version.</param>
    /// <param name="Gateway">The gateway of the fleet where it was thrown; null: none, it ended by itself.</param>
    /// <param name="Settles">The greatest change lost in the fleet that whoever threw it could see.</param>
    public sealed record Position(
        bool On, DateTimeOffset? Since, DateTimeOffset? Until, string? By, string? Reason, long Version = 0, string? Gateway = null, Stamp? Settles = null)
    {
        /// <summary>Whether it is no matter which of the two counts: one plan's step, thrown by two gateways that were cut off from each other.</summary>
        public bool SaysTheSame(Position other)
        {
            ArgumentNullException.ThrowIfNull(other);
            return (On, By, Reason) == (other.On, other.By, other.Reason);
        }

        /// <summary>Off, as far as this gateway's clock can tell. No change, so of no version of its own.</summary>
        public Position EndedHere() => this with { On = false, Since = Until, Until = null, By = "sandglass", Reason = "its time is over by this gateway's own clock; the fleet has not said so yet" };

        /// <summary>Never thrown.</summary>
        public static Position Off { get; } = new(false, null, null, null, null);
    }
}
