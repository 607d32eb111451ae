using SandGlass.Admin;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Admin;

public sealed class AdminSessionsTests
{
    private readonly TestClock _clock = new();
    private readonly AdminSessions _sessions;

    public AdminSessionsTests() => _sessions = new(_clock);

    [Fact]
    public void Lasts_for_a_watch_whatever_somebody_does_to_the_wall_clock()
    {
        var one = _sessions.Begin(AdminRole.Viewer);
        _clock.StepWall(TimeSpan.FromDays(2));
        _clock.Advance(AdminSessions.Life - TimeSpan.FromSeconds(1));
        Assert.Equal(AdminRole.Viewer, _sessions.RoleOf(one));

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(AdminRole.None, _sessions.RoleOf(one));
        Assert.Equal(AdminRole.None, _sessions.RoleOf(one[..^1]));
    }

    [Fact]
    public void One_too_many_ends_the_oldest()
    {
        var all = Enumerable.Range(0, AdminSessions.Most + 1).Select(_ =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            return _sessions.Begin(AdminRole.Admin);
        }).ToArray();

        Assert.Equal(AdminRole.None, _sessions.RoleOf(all[0]));
        Assert.All(all.Skip(1), one => Assert.Equal(AdminRole.Admin, _sessions.RoleOf(one)));
        _sessions.End(all[^1]);
        Assert.Equal(AdminRole.None, _sessions.RoleOf(all[^1]));
    }
}
