using System.Text;
using SandGlass.Request;
using Xunit;

namespace SandGlass.Tests.Request;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/", "/", 1)]
    [InlineData("/a", "/a", 2)]
    [InlineData("/a/", "/a/", 3)]
    [InlineData("/a?b=c//../%2f;", "/a?b=c//../%2f;", 2)]
    [InlineData("/a?", "/a?", 2)]
    [InlineData("/?", "/?", 1)]
    [InlineData("//", "/", 1)]
    [InlineData("//a///b", "/a/b", 4)]
    [InlineData("/a//", "/a/", 3)]
    [InlineData("/./a", "/a", 2)]
    [InlineData("/a/.", "/a/", 3)]
    [InlineData("/a/..", "/", 1)]
    [InlineData("/a/../..", "/", 1)]
    [InlineData("/../../a", "/a", 2)]
    [InlineData("/a/b/../c", "/a/c", 4)]
    [InlineData("/a/%2e%2E/c", "/c", 2)]
    [InlineData("/%61%7e%2d", "/a~-", 4)]
    [InlineData("/%c3%a9", "/%C3%A9", 7)]
    [InlineData("/v1/users%3asearch", "/v1/users:search", 16)]
    [InlineData("/%40%21%24%27%28%29%2A%2C", "/@!$'()*,", 9)]
    [InlineData("/a%3db%26c%2bd", "/a%3Db%26c%2Bd", 14)]
    [InlineData("/a%20b", "/a%20b", 6)]
    [InlineData("/.a/..b/c../d.", "/.a/..b/c../d.", 14)]
    [InlineData("/...", "/...", 4)]
    [InlineData("/a.b.c/d.e", "/a.b.c/d.e", 10)]
    [InlineData("/a:@!$&'()*+,=b", "/a:@!$&'()*+,=b", 15)]
    public void Knows_one_normal_form(string raw, string expected, int pathLength)
    {
        Assert.Null(RequestTarget.TryNormalise(raw, out var target, out var length));
        Assert.Equal((expected, pathLength), (target, length));
    }

    // The eleven disguises of /admin that pass a rule for /admin elsewhere: each becomes /admin itself or goes no further.
    [Theory]
    [InlineData("//admin", "/admin")]
    [InlineData("/admin//", "/admin/")]
    [InlineData("/admin;x", null)]
    [InlineData("/;/admin", null)]
    [InlineData("/admin/;/", null)]
    [InlineData("/admin%20", null)]
    [InlineData("/admin%09", null)]
    [InlineData("/a/..;/admin", null)]
    [InlineData("/a\\..\\admin", null)]
    [InlineData("/\\admin", null)]
    [InlineData("/%5cadmin", null)]
    [InlineData("/a/../admin", "/admin")]
    [InlineData("/a/%2e%2e/admin", "/admin")]
    [InlineData("/%61dmin", "/admin")]
    [InlineData("/admin/.", "/admin/")]
    [InlineData("/admin%2f", null)]
    [InlineData("/admin%3bx", null)]
    public void Sees_through_every_disguise_of_admin(string raw, string? expected)
    {
        var problem = RequestTarget.TryNormalise(raw, out var target, out var length);

        Assert.Equal(expected, problem is null ? target[..length] : null);
    }

    [Theory]
    [InlineData("", "target-not-a-path")]
    [InlineData("*", "target-not-a-path")]
    [InlineData("a", "target-not-a-path")]
    [InlineData("?a", "target-not-a-path")]
    [InlineData("/%", "path-escape")]
    [InlineData("/%2", "path-escape")]
    [InlineData("/%zz", "path-escape")]
    [InlineData("/%u0041", "path-escape")]
    [InlineData("/%25", "path-encoded-delimiter")]
    [InlineData("/%252e", "path-encoded-delimiter")]
    [InlineData("/%00", "path-encoded-delimiter")]
    [InlineData("/%7F", "path-encoded-delimiter")]
    [InlineData("/%2F", "path-encoded-delimiter")]
    [InlineData("/%0d%0aa", "path-encoded-delimiter")]
    [InlineData("/a;b", "path-parameter")]
    [InlineData("/a b", "path-character")]
    [InlineData("/a\tb", "path-character")]
    [InlineData("/a#b", "path-character")]
    [InlineData("/a\u00e9", "path-character")]
    [InlineData("/a|b", "path-character")]
    [InlineData("/%c0%af", "path-not-utf8")]
    [InlineData("/%ff", "path-not-utf8")]
    [InlineData("/%ed%a0%80", "path-not-utf8")]
    [InlineData("/%c3/%a9", "path-not-utf8")]
    [InlineData("/a%20/b", "path-trailing-blank")]
    [InlineData("/a?b c", "query-character")]
    [InlineData("/a?b#c", "query-character")]
    [InlineData("/a?b\u0001", "query-character")]
    [InlineData("/a?b\u00e9", "query-character")]
    public void Refuses_what_two_readers_may_read_differently(string raw, string expected) =>
        Assert.Equal(expected, RequestTarget.TryNormalise(raw, out _, out _));

    [Fact]
    public void Gives_a_normal_target_back_as_it_is_and_allocates_nothing()
    {
        const string Target = "/api/products/sku-1.json?currency=EUR&x=%2f";
        RequestTarget.TryNormalise(Target, out var target, out _);

        Assert.Same(Target, target);
        Assert.Equal(0, Allocated.Per(static () => Assert.True(RequestTarget.TryNormalise(Target, out _, out _) is null)));
    }

    [Fact]
    public void Never_throws_and_never_lets_a_disguise_through_in_100_000_random_targets()
    {
        string[] pieces =
        [
            "/", "//", ".", "..", "/./", "/../", "%2e", "%2E%2e", "%2f", "%2F", "%5c", "\\", ";", "%3b", "%20", "%09", "%00", "%", "%4", "%41", "%7e", "%3A", "%2c", "%3d",
            "%25", "%c3%a9", "%c3", "%ff", "%c0%af", "a", "B", "admin", "~", "-", ":", "@", " ", "\t", "\r\n", "\u0001", "\u00e9", "\ud800", "?", "&", "=", "#", "|",
        ];
        var random = new Random(20261111);
        var taken = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var raw = new StringBuilder(random.Next(8) == 0 ? "" : "/");
            for (var n = random.Next(10); n > 0; n--)
            {
                raw.Append(pieces[random.Next(pieces.Length)]);
            }

            var text = raw.ToString();
            if (RequestTarget.TryNormalise(text, out var target, out var length) is not null)
            {
                continue;
            }

            taken++;
            var path = target[..length];
            Assert.True(
                path.StartsWith('/') && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("%2F", StringComparison.OrdinalIgnoreCase)
                && !path.Contains("%5C", StringComparison.OrdinalIgnoreCase) && !path.Contains("%25", StringComparison.Ordinal)
                && !path.Contains(';', StringComparison.Ordinal) && !path.Contains('\\', StringComparison.Ordinal)
                && !path.Split('/').Any(static s => s is "." or ".." || s.EndsWith("%20", StringComparison.Ordinal)) && target.All(static c => c is > ' ' and < '\x7f'),
                $"{text} became {target}");
            Assert.Null(RequestTarget.TryNormalise(target, out var again, out var lengthAgain));
            Assert.Equal((target, length), (again, lengthAgain));
        }

        Assert.InRange(taken, 5_000, 95_000);
    }
}
