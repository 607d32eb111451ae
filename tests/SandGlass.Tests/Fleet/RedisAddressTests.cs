using SandGlass.Fleet;
using Xunit;

namespace SandGlass.Tests.Fleet;

public sealed class RedisAddressTests
{
    [Theory]
    [InlineData("redis", "redis:6379", false, null, 0)]
    [InlineData("a:1, b:2,ssl=true,password=p=q,abortConnect=false", "a:1,b:2", true, "p=q", 0)]
    [InlineData("host:7000,defaultDatabase=3,user=default", "host:7000", false, null, 3)]
    [InlineData("redis://:p@ss/w,o:1@host:7000/3", "host:7000", false, "p@ss/w,o:1", 3)]
    [InlineData("rediss://default:a%20b@host", "host:6379", true, "a b", 0)]
    public void Reads_both_ways_of_writing_one(string text, string nodes, bool tls, string? password, int database)
    {
        var address = RedisAddress.TryParse(text, out var wrong);

        Assert.Equal((nodes, tls, password, database, ""), (address?.ToString(), address?.Tls, address?.Password, address?.Database, wrong));
    }

    [Theory]
    [InlineData("", "names no host")]
    [InlineData("ssl=true", "names no host")]
    [InlineData("[::1]:6379", "IPv6")]
    [InlineData("::1", "IPv6")]
    [InlineData("redis://[::1]:7000", "IPv6")]
    [InlineData("host,user=me,password=secret", "user name")]
    [InlineData("redis://me:secret@host", "user name")]
    [InlineData("host:70000", "neither host:port")]
    [InlineData("host,sslprotocols=tls12", "\"sslprotocols\"")]
    [InlineData("host,ssl=maybe", "\"ssl\"")]
    [InlineData("http://host", "no Redis URL")]
    public void Says_what_is_wrong_and_no_secret(string text, string says)
    {
        Assert.Null(RedisAddress.TryParse(text, out var wrong));
        Assert.Contains(says, wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", wrong, StringComparison.Ordinal);
    }
}
