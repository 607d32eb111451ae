using System.Globalization;
using SandGlass.Request;

namespace SandGlass.Yarp;

/// <summary>How long the head of a request's answer is waited for: as the route says, or less where the caller waits for less. One a passage, reused.</summary>
/// <param name="passage">The passage that it belongs to.</param>
/// <param name="time">The clock.</param>
internal sealed class Deadline(Passage passage, TimeProvider time)
{
    private TimeSpan _patience;
    private bool _short;

    /// <summary>
    /// Whether the head was waited for for so small a part of the route's time that running out of it says nothing about the backend.
    /// </summary>
    public bool WasShort { get; private set; }

    /// <summary>Whether what is left is less than what YARP's own clock, which begins when it is sent, would give it.</summary>
    public bool Hurries { get; private set; }

    /// <summary>Before each request; false where its time is up already.</summary>
    /// <param name="now">Monotonic ticks.</param>
    /// <param name="forAll">Whether it is fetched for all: that is not hurried by the one who leads.</param>
    public bool TryBegin(long now, bool forAll)
    {
        var whole = passage.Timeout;
        _patience = passage.WaitsMs > 0 && !forAll && passage.WaitsMs < whole.TotalMilliseconds ? TimeSpan.FromMilliseconds(passage.WaitsMs) : whole;
        var left = Left(now);
        _short = left < whole / 2;
        WasShort = false;
        // A fiftieth is not worth a clock of its own.
        Hurries = left < whole - (whole / 50);
        return left > TimeSpan.Zero;
    }

    /// <summary>The head is waited for only as long as something is left, and not as long as YARP would.</summary>
    public void Hold() => WasShort = _short;

    /// <summary>What is left of it.</summary>
    public TimeSpan Left(long now) => _patience - time.GetElapsedTime(passage.DueFrom, now);

    /// <summary>The same for the backend, milliseconds. Nearly always nothing has been spent yet, and the text is the same as last time.</summary>
    public string Text(long now)
    {
        var ms = Math.Max(1, (long)Math.Ceiling(Left(now).TotalMilliseconds));
        return ms == (long)passage.Route.Timeout.TotalMilliseconds ? passage.Route.TimeoutText : ms.ToString(CultureInfo.InvariantCulture);
    }
}
