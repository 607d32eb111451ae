using System.Diagnostics.CodeAnalysis;

namespace SandGlass.Testing;

/// <summary>Waits for what sockets and threads do in their own time: asks again and again, and gives up only at a generous deadline.</summary>
public static class Eventually
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(5);

    /// <summary>Long enough for two busy cores; nobody waits it out but a failing test.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(20);

    /// <summary>Waits until it is true.</summary>
    /// <param name="condition">Asked about every 5 ms.</param>
    /// <param name="what">Told when it never became so.</param>
    /// <param name="deadline">Default <see cref="Deadline"/>.</param>
    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return TrueAsync(() => Task.FromResult(condition()), () => what, deadline);
    }

    /// <summary>Waits until it is true.</summary>
    public static Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null) => TrueAsync(condition, () => what, deadline);

    /// <summary>Waits until it is true; what is told then may depend on what was seen.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(what);
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        while (!await condition())
        {
            if (time.GetElapsedTime(began) > (deadline ?? Deadline))
            {
                Fail(what());
            }

            await Task.Delay(Beat, time);
        }
    }

    [DoesNotReturn]
    private static void Fail(string what) => throw new TimeoutException($"did not happen in time: {what}");
}
