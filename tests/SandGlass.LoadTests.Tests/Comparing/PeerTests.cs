using System.Diagnostics;
using SandGlass.LoadTests.Comparing;
using SandGlass.LoadTests.Processes;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Comparing;

/// <summary>Each configuration is shown to the program that is to run it.</summary>
public sealed class PeerTests : IDisposable
{
    // Varnish reads its configuration as somebody else, so the folder is one that lets others pass.
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. Peer.All.Select(static p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_mark_is_left_in_a_configuration(string name) =>
        Assert.DoesNotMatch("@[A-Z-]+@", Peer.All.Single(p => p.Name == name).Configure(Setting()));

    [Theory]
    [InlineData("nginx", "-t", "-c", "FILE", "-e", "stderr")]
    [InlineData("HAProxy", "-c", "-f", "FILE")]
    [InlineData("Varnish", "-C", "-f", "FILE", "-n", "FOLDER")]
    public async Task Its_own_program_accepts_it(string name, params string[] arguments)
    {
        var peer = Peer.All.Single(p => p.Name == name);
        Assert.SkipUnless(peer.There, Programs.Missing(peer.Program!, peer.Package!));

        await AcceptsAsync(peer, [OnPath.Find(peer.Program!)!, .. arguments]);
    }

    [Fact]
    public Task The_gateway_accepts_its_policy_without_a_warning() =>
        AcceptsAsync(Peer.All.Single(static p => p.Name == "SandGlass"), [.. Child.Ours("sandglass", "check", "FILE")], "0 warnings");

    private async Task AcceptsAsync(Peer peer, IReadOnlyList<string> command, string said = "")
    {
        var file = Path.Combine(_folder.Path, peer.File!);
        await File.WriteAllTextAsync(file, peer.Configure(Setting()), Xunit.TestContext.Current.CancellationToken);
        string[] filled = [.. command.Select(c => c == "FILE" ? file : c == "FOLDER" ? Path.Combine(_folder.Path, "n") : c)];
        using var process = Process.Start(new ProcessStartInfo(filled[0], filled[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, complaints) = (process.StandardOutput.ReadToEndAsync(Xunit.TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(Xunit.TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(Xunit.TestContext.Current.CancellationToken);
        var all = await output + await complaints;
        Assert.True(process.ExitCode == 0, all);
        Assert.Contains(said, all, StringComparison.Ordinal);
    }

    private Setting Setting() => new(_folder.Path, "127.0.0.1:20001", 20002, "127.0.0.1:20003", 20, 100, 1000);
}
