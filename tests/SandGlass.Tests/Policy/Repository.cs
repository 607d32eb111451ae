using SandGlass.Testing;

namespace SandGlass.Tests.Policy;

/// <summary>Files of the repository that tests read.</summary>
public static class Repository
{
    public static string Root => Tree.Root;

    public static string Config { get; } = Path.Combine(Root, "config");

    /// <summary>A day on which the lists of address ranges that we ship are not old: 2026-11-25.</summary>
    public static TimeProvider Day { get; } = Fixed();

    private static TestClock Fixed()
    {
        var clock = new TestClock();
        clock.StepWall(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero) - clock.GetUtcNow());
        return clock;
    }
}
