using SandGlass.LoadTests.Replay;

namespace SandGlass.LoadTests.Tests.Replay;

public sealed class LogReaderTests
{
    private static LogFile Read(string text) => LogReader.Read(new StringReader(text));

    [Fact]
    public void Reads_combined_and_common_lines_and_counts_what_is_neither()
    {
        var log = Read("""
            192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a?b=1 HTTP/1.1" 200 203023 "http://x/" "Mozilla/5.0 (\"quoted\")"
            host.example - Jane Doe [17/May/2015:12:05:02 +0200] "POST /b HTTP/1.0" 201 -
            garbage
            192.0.2.7 - - [99/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1
            192.0.2.7 - - [17/May/2015:10:05:03 +0000] "\x16\x03\x01" 400 0 "-" "-"
            192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET //evil.example/ HTTP/1.1" 200 1

            """);

        Assert.Equal(("NCSA combined", 4, 3, 1, true), (log.Format, log.Malformed, log.FirstMalformed, log.OutOfOrder, log.WholeSeconds));
        Assert.Equal([new(1431857102, "POST", "/b", "host.example"), new(1431857103, "GET", "/a?b=1", "192.0.2.7")], log.Entries);
    }

    [Fact]
    public void Reads_W3C_by_its_own_columns_also_when_they_change()
    {
        var log = Read("""
            #Version: 1.0
            #Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status
            2015-05-17 10:05:03 192.0.2.7 GET /a b=1 200
            2015-05-17 10:05:03 192.0.2.7 GET /a - 200
            short
            #Fields: time date cs-uri-stem cs-method
            10:05:04.5 2015-05-17 /c HEAD
            """);

        Assert.Equal(("W3C extended", 1, 5, false), (log.Format, log.Malformed, log.FirstMalformed, log.WholeSeconds));
        Assert.Equal(["GET /a?b=1 192.0.2.7", "GET /a 192.0.2.7", "HEAD /c -"], log.Entries.Select(static e => $"{e.Method} {e.Target} {e.Client}"));
        Assert.Equal(1431857104.5, log.Entries[2].At);
    }

    [Fact]
    public void Reads_JSON_lines_with_three_kinds_of_time()
    {
        var log = Read("""
            {"time":"2015-05-17T10:05:03.250Z","method":"GET","url":"https://shop.example/a?b#c","client":"x"}
            {"ts":1431857104,"path":"/b"}
            {"timestamp":1431857105500,"request_method":"DELETE","uri":"/c","remote_addr":"y"}
            {"time":"whenever","url":"/d"}
            {"time":1,"url":5}
            [1]
            """);

        Assert.Equal(("JSON lines", 3), (log.Format, log.Malformed));
        Assert.Equal(
            [new(1431857103.25, "GET", "/a?b", "x"), new(1431857104, "GET", "/b", "-"), new(1431857105.5, "DELETE", "/c", "y")],
            log.Entries);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public void Reads_HAR_on_one_line_or_many(string newline)
    {
        var log = Read($$"""
            {{{newline}}"log": { "entries": [
            """.ReplaceLineEndings(newline) + """
            { "startedDateTime": "2015-05-17T10:05:03.250+00:00", "request": { "method": "POST", "url": "http://h/a", "postData": { "text": "{}" } } },
            """.ReplaceLineEndings("") + """{ "startedDateTime": "2015-05-17T10:05:04Z", "request": { "method": "CONNECT", "url": "http://h/a" } }, { "request": 5 } ] } }""");

        Assert.Equal(("HAR", 2, 2), (log.Format, log.Malformed, log.FirstMalformed));
        Assert.Equal(new LogEntry(1431857103.25, "POST", "/a", "har", "{}"), Assert.Single(log.Entries));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("{")]
    [InlineData("{\"log\":5}")]
    [InlineData("{\"log\":{}}")]
    [InlineData("{\"log\":{\"entries\":5}}")]
    [InlineData("{\"log\":{\"entries\":[{}")]
    [InlineData("{\"time\":\"\\ud800\",\"url\":\"/x\"}")]
    [InlineData("{\"time\":{},\"url\":[],\"method\":1e999,\"client\":{}}")]
    [InlineData("{\"time\":1e999,\"url\":\"/x\"}")]
    [InlineData("{\"time\":-1,\"url\":\"/x\"}")]
    [InlineData("#")]
    [InlineData("\0\0\0")]
    [InlineData("\u001b[2J\u0007%PDF-1.7 \ufffd\ufffd")]
    public void Whatever_it_is_it_is_no_crash(string text)
    {
        Assert.Empty(Read(text).Entries);
    }

    private static string Line(string request = "GET /a HTTP/1.1", string client = "192.0.2.7", string time = "17/May/2015:10:05:03 +0000", string rest = "\"-\" \"-\"") =>
        $"{client} - - [{time}] \"{request}\" 200 1 {rest}";

    [Fact]
    public void Reads_what_odd_clients_leave_in_combined_lines_and_counts_what_is_no_request()
    {
        var log = Read(string.Join("\r\n", (string[])
        [
            "\uFEFF" + Line(client: "2001:db8::1"),
            Line("GET /b\\\"c?q=\\x22 HTTP/1.1", rest: "\"http://x/?\\\"a\\\"\" \"Mozilla \\\"[1/May/2015:10:05:03 +0000]\\\" \\\\\""),
            "shop.example:443 " + Line(client: "203.0.113.9", request: "GET /vhost HTTP/2.0"),
            Line("-"),
            Line(string.Empty),
            Line("GET / HTTP/1.1", time: "17/May/2015:12:05:02 +0200"),
            Line("GET /half", time: "17/May/2015:15:35:03 +0530"),
        ]));

        Assert.Equal(("NCSA combined", 2, 4, 1), (log.Format, log.Malformed, log.FirstMalformed, log.OutOfOrder));
        Assert.Equal(
            ["192.0.2.7 /", "2001:db8::1 /a", "192.0.2.7 /b\\\"c?q=\\x22", "203.0.113.9 /vhost", "192.0.2.7 /half"],
            log.Entries.Select(static e => $"{e.Client} {e.Target}"));
        Assert.Equal(1431857102, log.Entries[0].At);
    }

    [Fact]
    public void A_line_without_end_is_counted_and_never_held()
    {
        // A hundred million letters, made as they are read.
        var endless = new Repeated(Line() + "\n", 'x', 100_000_000, "\n" + Line("GET /after HTTP/1.1") + "\n");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var log = LogReader.Read(endless, TestContext.Current.CancellationToken);

        Assert.Equal((1, 1, 2), (log.Malformed, log.TooLong, log.FirstMalformed));
        Assert.Equal(["/a", "/after"], log.Entries.Select(static e => e.Target));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20_000_000);
    }

    [Fact]
    public void A_hole_of_zeros_and_a_line_cut_by_rotation_cost_no_more_than_their_lines()
    {
        var log = Read(new string('\0', 200_000) + Line() + "\n" + Line());
        Assert.Equal((0, 2), (log.Malformed, log.Entries.Count));

        log = Read("""
            :1,"url":"/cut"}
            {"time":1,"url":"/whole"}
            {"time":2,"url":"/cu
            """);
        Assert.Equal(("JSON lines", 2, "/whole"), (log.Format, log.Malformed, Assert.Single(log.Entries).Target));
    }

    [Theory]
    [InlineData("1431857103", 1431857103)]
    [InlineData("\"1431857103.25\"", 1431857103.25)]
    [InlineData("1431857103250", 1431857103.25)]
    [InlineData("1431857103250000", 1431857103.25)]
    [InlineData("1431857103250000000", 1431857103.25)]
    [InlineData("\"2015-05-17T12:05:03.25+02:00\"", 1431857103.25)]
    [InlineData("\"2015-05-17T10:05:03.25\"", 1431857103.25)]
    public void Knows_the_times_that_JSON_logs_have(string time, double seconds)
    {
        Assert.Equal(seconds, Assert.Single(Read($$"""{"time":{{time}},"url":"/"}""").Entries).At, 1e-3);
    }

    [Fact]
    public void Reads_the_line_that_the_gateways_own_log_promises()
    {
        var line = File.ReadLines(Path.Combine(SandGlass.Testing.Tree.Root, "docs", "access-log.md")).Single(static l => l.StartsWith("{\"time\"", StringComparison.Ordinal));

        var log = Read(line);

        Assert.Equal(("JSON lines", 0, false), (log.Format, log.Malformed, log.WholeSeconds));
        var entry = Assert.Single(log.Entries);
        Assert.Equal(("GET", "/products/1?colour=red", "9c0e1f7d5a3b2846"), (entry.Method, entry.Target, entry.Client));
        Assert.Equal(1794355200.3466107, entry.At, 1e-6);
    }

    [Fact]
    public void W3C_without_its_columns_says_what_is_missing()
    {
        var log = Read("#Version: 1.0\n2015-05-17 10:05:03 192.0.2.7 GET /a b=1 200");

        Assert.Empty(log.Entries);
        Assert.Equal("it has no #Fields line, which names the columns: put the one of the log's begin before it", log.Note);
    }

    [Fact]
    public void Of_a_recording_that_is_cut_off_the_whole_entries_are_taken()
    {
        const string Entry = """{ "startedDateTime": "2015-05-17T10:05:03Z", "request": { "method": "GET", "url": "http://h/a" } }""";

        var log = Read($$"""{ "log": { "version": "1.2", "creator": { "entries": [] }, "entries": [ {{Entry}}, {{Entry}}, {{Entry[..40]}}""");

        Assert.Equal(("HAR", 2), (log.Format, log.Entries.Count));
        Assert.Equal("it is cut off or no JSON at line 1", log.Note);
    }

    private sealed class Repeated(string before, char letter, int times, string after) : TextReader
    {
        private int _at;

        public override int Read(Span<char> buffer)
        {
            var i = 0;
            for (; i < buffer.Length && _at < before.Length + times + after.Length; i++, _at++)
            {
                buffer[i] = _at < before.Length ? before[_at] : _at - before.Length < times ? letter : after[_at - before.Length - times];
            }

            return i;
        }

        public override int ReadBlock(Span<char> buffer) => Read(buffer);

        public override int ReadBlock(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));
    }
}
