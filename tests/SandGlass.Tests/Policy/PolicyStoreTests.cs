using System.Text;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class PolicyStoreTests
{
    public static TheoryData<byte[]> Bad =>
    [
        Array.Empty<byte>(), "   "u8.ToArray(), "{"u8.ToArray(), "null"u8.ToArray(), "[]"u8.ToArray(), "{}"u8.ToArray(), new byte[] { 0xFF, 0xFE, 0x7B, 0x00 }, new byte[] { 0xC3, 0x28 },
        Encoding.Unicode.GetBytes(Policies.With()), Encoding.UTF8.GetBytes(Policies.With("\"tiemout\": \"1s\"")),
        Encoding.UTF8.GetBytes(Policies.With("\"timeout\": \"1x\"")), Encoding.UTF8.GetBytes(Policies.With("\"fallback\": \"nope\"")),
        Encoding.UTF8.GetBytes("{ \"backends\": {}, \"backends\": {} }"), Encoding.UTF8.GetBytes("{ \"\\ud800\": 1 }"),
        Encoding.UTF8.GetBytes(new string('[', 100_000)), Encoding.UTF8.GetBytes(Policies.With()[..^20]),
    ];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Keeps_the_old_policy_when_the_new_one_is_bad(byte[] bad)
    {
        using var glass = new Glass(Policies.With());
        var (before, source) = (glass.Store.Current, glass.Store.Source);

        var report = glass.Store.Apply(bad);

        Assert.False(report.Accepted);
        Assert.NotEmpty(report.Problems);
        Assert.Same(before, glass.Store.Current);
        Assert.True(source.Span.SequenceEqual(glass.Store.Source.Span));
        Assert.Equal((1, 1), glass.Store.Reloads);
        Assert.Same(report, glass.Store.Last);
        Assert.Contains(glass.Log.Lines, static l => l.Text.Contains("was rejected", StringComparison.Ordinal));
        using var answer = await glass.GetAsync();
        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public void Tells_who_asks_once_a_new_policy_is_in_force()
    {
        using var glass = new Glass(Policies.With());
        var told = new List<string>();
        glass.Store.Changed += snapshot =>
        {
            Assert.Same(snapshot, glass.Store.Current);
            told.Add(snapshot.Revision);
        };

        glass.Apply(Policies.With("\"timeout\": \"2s\""));
        glass.Store.Apply("{"u8.ToArray());
        glass.Store.Unreadable("it is a folder");

        Assert.Equal([glass.Store.Current.Revision], told);
        Assert.Equal((2, 2), glass.Store.Reloads);
        Assert.Equal("unreadable", glass.Store.Last.Revision);
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Policies.With("\"timeout\": \"2s\""))))[..12],
            glass.Store.Current.Revision);
    }

    [Fact]
    public void Leaves_bytes_alone_that_are_not_the_files_any_more()
    {
        using var glass = new Glass(Policies.With());
        var (before, last) = (glass.Store.Current, glass.Store.Last);

        var report = glass.Store.Apply(Encoding.UTF8.GetBytes(Policies.With("\"timeout\": \"2s\"")), static () => false);

        Assert.Same(before, glass.Store.Current);
        Assert.Same(last, report);
        Assert.Equal((1, 0), glass.Store.Reloads);
    }
}
