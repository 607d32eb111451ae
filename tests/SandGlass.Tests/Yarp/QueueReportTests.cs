using SandGlass.Yarp;
using Xunit;

namespace SandGlass.Tests.Yarp;

public sealed class QueueReportTests
{
    [Theory]
    [InlineData("12.5", 12_500)]
    [InlineData(" 0 ", 0)]
    [InlineData("queue;dur=12.5", 12_500)]
    [InlineData("db;dur=53, Queue; desc=\"for a worker\"; dur=\"7\", app;dur=47.2", 7_000)]
    [InlineData("queue;desc=x;dur = 3", 3_000)]
    public void Reads_milliseconds_and_the_queue_of_Server_Timing(string value, long expected) => Assert.Equal(expected, Read(value));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1e9")]
    [InlineData("99999999")]
    [InlineData("NaN")]
    [InlineData("queue")]
    [InlineData("queue;dur=")]
    [InlineData("queue;dur=-4")]
    [InlineData("queued;dur=4")]
    [InlineData("db;dur=53")]
    [InlineData("db;queue;dur=4")]
    [InlineData(",;,;=,queue;duration=1")]
    public void Takes_anything_else_for_no_word(string value) => Assert.Equal(-1, Read(value));

    [Fact]
    public void Takes_the_first_line_that_says_it()
    {
        using var answer = new HttpResponseMessage();
        Assert.Equal(-1, QueueReport.Read(answer.Headers, "Server-Timing", 1_000_000));
        answer.Headers.TryAddWithoutValidation("Server-Timing", ["db;dur=53", "queue;dur=2"]);
        Assert.Equal(2_000, QueueReport.Read(answer.Headers, "server-timing", 1_000_000));
    }

    private static long Read(string value)
    {
        using var answer = new HttpResponseMessage();
        answer.Headers.TryAddWithoutValidation("X-Queue-Ms", value);
        return QueueReport.Read(answer.Headers, "X-Queue-Ms", 1_000_000);
    }
}
