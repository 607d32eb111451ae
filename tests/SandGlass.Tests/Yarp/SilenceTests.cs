using System.Net;
using SandGlass.Testing;
using SandGlass.Yarp;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Yarp;

public sealed class SilenceTests
{
    [Theory]
    [InlineData("GET", "Accept", "text/event-stream", 0, true)]
    [InlineData("GET", "Upgrade", "websocket", 0, true)]
    [InlineData("CONNECT", "X-Any", "1", 0, true)]
    [InlineData("GET", "Accept", "text/html", 0, false)]
    [InlineData("POST", "Accept", "text/event-stream", 32 << 10, true)]
    [InlineData("POST", "Accept", "text/event-stream", (32 << 10) + 1, false)]
    public void Lets_yarp_wait_longer_only_where_a_stream_was_asked_for_with_a_small_body(string method, string name, string value, int body, bool may)
    {
        using var glass = new Glass(Policies.With("\"timeout\": \"2s\"", backend: "\"idleTimeout\": \"30s\""));
        using var request = new TestContext(headers: (name, value));
        request.Http.Request.ContentLength = body;
        var passage = glass.Enter(request);
        request.Http.Request.Method = method;
        var silence = new Silence();

        var config = silence.ConfigFor(passage, http2: false);

        Assert.Equal((may, TimeSpan.FromSeconds(may ? 30 : 2)), (silence.MayStream, config.ActivityTimeout));
    }

    [Theory]
    [InlineData(200, "GET", "text/event-stream", true)]
    [InlineData(101, "GET", null, true)]
    [InlineData(200, "CONNECT", null, true)]
    [InlineData(502, "CONNECT", null, false)]
    [InlineData(200, "GET", "text/html", false)]
    public void Knows_a_stream_by_its_head(int status, string method, string? type, bool expected)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Parse(method), "http://127.0.0.1:7001/");
        using var answer = new HttpResponseMessage((HttpStatusCode)status) { RequestMessage = asked, Content = new ByteArrayContent([]) };
        answer.Content.Headers.ContentType = type is null ? null : new(type);

        Assert.Equal(expected, Silence.IsStream(answer));
    }
}
