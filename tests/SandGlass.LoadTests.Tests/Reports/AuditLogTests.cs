using SandGlass.LoadTests.Reports;

namespace SandGlass.LoadTests.Tests.Reports;

public sealed class AuditLogTests
{
    private static readonly DateTimeOffset Zero = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Marks_are_what_was_done_while_the_run_was_on_whatever_the_time_zone()
    {
        string[] log =
        [
            """{"at":"2026-11-29T11:59:59Z","by":"ops","from":"127.0.0.1","what":"switch early on","why":"x"}""",
            """{"at":"2026-11-29T20:00:07.5+08:00","by":"ops","from":"127.0.0.1","what":"switch reviews-off on","why":"slow","before":{"on":false},"after":{"on":true}}""",
            """{"at":"2026-11-29T12:00:02Z","what":"policy put"}""",
            "torn {",
            """{"at":"2026-11-29T12:01:00Z","what":"switch late on"}""",
        ];

        Assert.Equal(
            [new MarkReport(2, "policy put", "policy put"), new MarkReport(7.5, "switch reviews-off on", "switch reviews-off on, by ops: slow")],
            AuditLog.Read(log, Zero, 30));
    }
}
