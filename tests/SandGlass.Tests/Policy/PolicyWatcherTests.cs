using System.Text;
using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy;

/// <summary>Real files and the real clock: what is tested is what the operating system tells.</summary>
public sealed class PolicyWatcherTests : IAsyncLifetime
{
    private readonly string _folder = TestFolder.New("watch-");
    private Glass _glass = null!;
    private PolicyWatcher _watcher = null!;

    private string PolicyPath => Path.Combine(_folder, "policy.json");

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _watcher.DisposeAsync();
        _watcher.Wake();
        _glass.Dispose();
        Directory.Delete(_folder, true);
    }

    [Fact]
    public async Task Sees_a_file_written_in_place()
    {
        File.WriteAllText(PolicyPath, Version(1));
        Watch();
        for (var i = 2; i < 5; i++)
        {
            File.WriteAllText(PolicyPath, Version(i));
            await Until(i);
        }
    }

    [Fact]
    public async Task Sees_a_file_put_in_its_place_by_a_rename()
    {
        File.WriteAllText(PolicyPath, Version(1));
        Watch();
        for (var i = 2; i < 5; i++)
        {
            File.WriteAllText(PolicyPath + ".new", Version(i));
            File.Move(PolicyPath + ".new", PolicyPath, overwrite: true);
            await Until(i);
        }
    }

    [Fact]
    public async Task Sees_kubernetes_swap_the_link_above_it()
    {
        // policy.json -> ..data/policy.json, ..data -> ..2026_N: a ConfigMap is renewed by renaming a new ..data over the old one.
        Mount(1);
        File.CreateSymbolicLink(PolicyPath, Path.Combine("..data", "policy.json"));
        Watch();
        for (var i = 2; i < 5; i++)
        {
            Mount(i);
            await Until(i);
            Directory.Delete(Path.Combine(_folder, $"..2026_{i - 1}"), true);
        }
    }

    [Fact]
    public async Task Sees_a_change_of_a_list_that_the_policy_names_and_keeps_the_old_one_while_it_is_bad()
    {
        var list = Path.Combine(_folder, "cdn.txt");
        File.WriteAllText(list, "10.0.0.0/8\n");
        File.WriteAllText(PolicyPath, Policies.With(sections: "\"edge\": { \"trustedProxies\": [ \"file:cdn.txt\" ] }"));
        Watch();
        await LayerContractTests.Until(() => Trusts("10.0.0.1"));
        var revision = _glass.Store.Current.Revision;

        File.WriteAllText(list, "192.0.2.0/24\n");
        await LayerContractTests.Until(() => Trusts("192.0.2.1") && !Trusts("10.0.0.1"));

        var rejected = _glass.Store.Reloads.Rejected;
        File.WriteAllText(list, "no range\n");
        await LayerContractTests.Until(() => _glass.Store.Reloads.Rejected > rejected);
        Assert.True(Trusts("192.0.2.1"));

        File.WriteAllText(list, "203.0.113.0/24\n");
        await LayerContractTests.Until(() => Trusts("203.0.113.1"));
        Assert.Equal(revision, _glass.Store.Current.Revision);
        Assert.True(_glass.Store.Last.Accepted);
    }

    [Fact]
    public async Task Takes_a_policy_that_was_turned_away_once_the_file_that_it_missed_is_there()
    {
        File.WriteAllText(PolicyPath, Version(1));
        Watch();
        File.WriteAllText(PolicyPath, Policies.With(sections: "\"edge\": { \"trustedProxies\": [ \"file:late.txt\" ] }"));
        await LayerContractTests.Until(() => _glass.Store.Reloads.Rejected >= 1);

        File.WriteAllText(Path.Combine(_folder, "late.txt"), "10.0.0.0/8\n");

        await LayerContractTests.Until(() => Trusts("10.0.0.1"));
    }

    private bool Trusts(string address) =>
        _glass.Store.Current.Trust.TrustedProxies.Contains(SandGlass.Request.ClientAddress.From(System.Net.IPAddress.Parse(address)));

    [Fact]
    public async Task Keeps_the_old_policy_while_the_file_is_away_or_bad_and_takes_the_next_good_one()
    {
        File.WriteAllText(PolicyPath, Version(1));
        Watch();
        File.Delete(PolicyPath);
        await LayerContractTests.Until(() => _glass.Store.Reloads.Rejected >= 1);
        Assert.Equal("v1", _glass.Store.Current.Policy.Name);

        File.WriteAllText(PolicyPath, Version(2)[..50]);
        await LayerContractTests.Until(() => _glass.Store.Reloads.Rejected >= 2);
        Assert.Equal("v1", _glass.Store.Current.Policy.Name);

        File.WriteAllText(PolicyPath, Version(3));
        await Until(3);
    }

    private static string Version(int number) => Policies.With(sections: $"\"name\": \"v{number}\"");

    private void Watch()
    {
        _glass = new(Version(1), _folder);
        _watcher = new(_glass.Store, PolicyFile.Hash(Encoding.UTF8.GetBytes(Version(1))), TimeProvider.System, _glass.Log);
    }

    private void Mount(int number)
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, $"..2026_{number}"));
        File.WriteAllText(Path.Combine(data.FullName, "policy.json"), Version(number));
        var next = Path.Combine(_folder, "..data_tmp");
        File.CreateSymbolicLink(next, data.Name);
        // rename(2) over the old link, as the kubelet does; Directory.Move would not replace it.
        Assert.Equal(0, Rename(next, Path.Combine(_folder, "..data")));
    }

    private Task Until(int number) => LayerContractTests.Until(() => _glass.Store.Current.Policy.Name == $"v{number}");

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "rename", CharSet = System.Runtime.InteropServices.CharSet.Ansi, BestFitMapping = false)]
    private static extern int Rename(string from, string to);
}
