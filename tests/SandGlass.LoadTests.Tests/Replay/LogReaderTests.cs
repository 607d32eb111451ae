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
    [InlineData("#")]
    [InlineData("\0\0\0")]
    public void Whatever_it_is_it_is_no_crash(string text)
    {
        Assert.Empty(Read(text).Entries);
    }
}
