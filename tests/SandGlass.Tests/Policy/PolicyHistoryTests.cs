using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SandGlass.Hosting;
using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class PolicyHistoryTests : IDisposable
{
    private readonly string _folder = TestFolder.New("history-");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Keeps_what_was_in_force_newest_first_and_across_a_restart()
    {
        Keep(Open(), "one", "two");
        var again = Open();
        Assert.Equal([Revision("two"), Revision("one")], again.Entries.Select(e => e.Revision));
        Assert.Equal("two", Encoding.UTF8.GetString(again.Find(Revision("two"))!));
    }

    [Fact]
    public void The_same_policy_again_is_not_kept_twice_but_one_that_came_back_is()
    {
        var history = Open();
        Keep(history, "one", "one", "two", "one");
        Assert.Equal(3, history.Entries.Count);
    }

    [Fact]
    public void Beyond_the_bound_the_oldest_goes_with_its_file()
    {
        var history = Open();
        Keep(history, [.. Enumerable.Range(0, PolicyHistory.Most + 7).Select(i => $"policy {i}")]);
        Assert.Equal(PolicyHistory.Most, history.Entries.Count);
        Assert.Null(history.Find(Revision("policy 0")));
        Assert.Equal(PolicyHistory.Most + 1, Directory.GetFiles(Path.Combine(_folder, "policies")).Length);
    }

    [Fact]
    public void A_kept_file_that_was_tampered_with_is_not_given()
    {
        var history = Open();
        Keep(history, "one");
        File.WriteAllText(Path.Combine(_folder, "policies", Revision("one") + ".json"), "other");
        Assert.Null(history.Find(Revision("one")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("""[{"revision":"../../etc/pa","at":"2026-01-01T00:00:00Z","by":"x","reason":"y"}]""")]
    public void A_broken_index_is_set_aside_and_never_a_crash(string index)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "policies"));
        File.WriteAllText(Path.Combine(_folder, "policies", "index.json"), index);
        Assert.Empty(Open().Entries);
    }

    private PolicyHistory Open() => new(new StateFolder(_folder, NullLogger.Instance), TimeProvider.System);

    private static void Keep(PolicyHistory history, params string[] policies)
    {
        foreach (var policy in policies)
        {
            history.Keep(Revision(policy), Encoding.UTF8.GetBytes(policy), "tester", "because");
        }
    }

    private static string Revision(string policy) => PolicyReader.Revision(Encoding.UTF8.GetBytes(policy));
}
