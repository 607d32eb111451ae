using SandGlass.Request;
using Xunit;
using TestContext = SandGlass.Testing.TestContext;

namespace SandGlass.Tests.Request;

public sealed class DrainingTests
{
    [Theory]
    [InlineData("HTTP/1.1", true, "close")]
    [InlineData("HTTP/1.0", true, "close")]
    [InlineData("HTTP/2", true, "")]
    [InlineData("HTTP/1.1", false, "")]
    public void Tells_a_client_of_http_1_to_come_back_on_another_connection(string protocol, bool on, string connection)
    {
        using var request = new TestContext();
        request.Http.Request.Protocol = protocol;

        new Draining { IsOn = on }.Tell(request.Http);

        Assert.Equal(connection, request.Header("Connection"));
    }
}
