using System.Diagnostics;
using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Tests.Processes;

public sealed class ChildTests
{
    private static Child Shell(string script) => Child.Start("it", ["sh", "-c", script], Path.GetTempPath(), TimeProvider.System);

    [Fact]
    public async Task Ends_with_what_it_has_started_even_where_it_does_not_listen()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are not known there");
        var child = Shell("trap '' TERM; sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & wait");
        Assert.True(SpinWait.SpinUntil(() => child.Said.Length > 0, TimeSpan.FromSeconds(30)));
        var (parent, grandchild) = (child.Id, int.Parse(child.Said, System.Globalization.CultureInfo.InvariantCulture));

        await child.DisposeAsync();

        Assert.True(SpinWait.SpinUntil(() => Gone(parent) && Gone(grandchild), TimeSpan.FromSeconds(30)), "still there");
    }

    [Fact]
    public async Task One_that_does_not_start_is_told_with_what_it_said()
    {
        await using var child = Shell("echo no such thing >&2; exit 1");

        var fault = await Assert.ThrowsAsync<UsageException>(() => child.AnswersAsync("http://127.0.0.1:9/", TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));

        Assert.Equal((3, "it ended at once: no such thing"), (fault.ExitCode, fault.Message));
    }

    private static bool Gone(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
