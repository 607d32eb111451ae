using System.Text.RegularExpressions;
using SandGlass.Algorithms;
using SandGlass.Algorithms.Keys;
using SandGlass.Request;
using SandGlass.Tests.Policy;
using Xunit;

namespace SandGlass.Tests;

/// <summary>The rules of the house that no compiler checks.</summary>
public sealed partial class HouseTests
{
    private static readonly string Source = Path.Combine(Repository.Root, "src", "SandGlass");

    // Who may name another layer's types, and why.
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["Switch/SwitchPlan.cs: Fallback"] = "a switch may answer with a fallback, which the compiler has looked up",
        ["Coalesce/HotLimitRule.cs: Fallback"] = "so may a hot key's ladder",
    };

    // Outside Layers, only these may name layers: they know all, or carry what layers hold or ask.
    private static readonly string[] KnowsLayers =
    [
        "Pipeline.cs", "Request/", "Policy/PolicyCompiler.cs", "Policy/Compiling/", "Policy/GatewayState.cs", "Policy/GatewayPolicy.cs", "Policy/RoutePolicy.cs", "Policy/Snapshot.cs",
        "Policy/LayersValidator.cs", "Policy/RouteValidator.cs", "Policy/UnusedValidator.cs", "Policy/PolicyValidator.cs", "Hosting/", "Admin/", "Commands/", "Telemetry/", "Yarp/", "Plans/",
    ];

    [Fact]
    public void Has_a_folder_for_every_layer_in_the_order_of_the_way()
    {
        var folders = Directory.GetDirectories(Path.Combine(Source, "Layers")).Select(static f => Path.GetFileName(f)!).Order(StringComparer.Ordinal);
        var layers = new Pipeline(new SipKey(1, 2), TimeProvider.System).Layers.Select(static l => $"{(int)l.Place}-{l.Place}");

        // The waiting room has its place but no layer yet.
        Assert.Equal(layers, folders.Where(static f => f != "50-WaitingRoom"));
        Assert.All(new Pipeline(new SipKey(1, 2), TimeProvider.System).Layers, static l =>
            Assert.Equal(($"{l.Place}Layer", $"SandGlass.Layers.{l.Place}"), (l.GetType().Name, l.GetType().Namespace)));
    }

    [Fact]
    public void Keeps_the_algorithms_free_of_all_but_the_framework() =>
        Assert.All(typeof(Verdict).Assembly.GetReferencedAssemblies(), static reference => Assert.Matches("^(System|Microsoft\\.Win32|netstandard|mscorlib)", reference.Name!));

    [Fact]
    public void Lets_no_layer_name_another()
    {
        var names = new List<string>();
        foreach (var (path, text) in Files("Layers"))
        {
            var own = Path.GetFileName(Path.GetDirectoryName(path))!.Split('-')[1];
            names.AddRange(LayerNamespace().Matches(text).Select(static m => m.Groups[1].Value).Where(n => n != own).Distinct()
                .Select(n => $"{own}/{Path.GetFileName(path)}: {n}"));
        }

        Assert.Equal(Exceptions.Keys.Order(), names.Order());
    }

    [Fact]
    public void Lets_only_those_name_layers_who_must() =>
        Assert.All(
            Files(".").Select(static f => (Name: Path.GetRelativePath(Source, f.Path).Replace('\\', '/'), f.Text))
                .Where(static f => !f.Name.StartsWith("Layers/", StringComparison.Ordinal) && LayerNamespace().IsMatch(f.Text)),
            static f => Assert.True(KnowsLayers.Any(k => f.Name.StartsWith(k, StringComparison.Ordinal)), f.Name));

    [Fact]
    public void Keeps_yarps_types_in_their_place() =>
        Assert.All(
            Files(".").Where(static f => f.Text.Contains("Yarp.ReverseProxy", StringComparison.Ordinal)),
            static f => Assert.Contains(Path.GetRelativePath(Source, f.Path).Split('/', '\\')[0], new[] { "Yarp", "Hosting" }));

    [Fact]
    public void Names_places_and_outcomes_as_the_contract_does()
    {
        Assert.Equal(["none", "trust", "fallback", "switch", "rate-limit", "waiting-room", "coalesce", "shed", "break", "forward"], Places.All.Select(static p => p.Word()));
        Assert.Equal(["served", "hit", "stale", "collapsed", "fallback", "refused", "failed", "aborted"], RequestOutcomes.All.Select(static o => o.Word()));
        Assert.Equal(Places.All, Enum.GetValues<Place>());
        Assert.Equal(RequestOutcomes.All, Enum.GetValues<RequestOutcome>());
    }

    private static IEnumerable<(string Path, string Text)> Files(string under) =>
        Directory.EnumerateFiles(Path.Combine(Source, under), "*.cs", SearchOption.AllDirectories)
            .Where(static p => !p.Contains("/obj/", StringComparison.Ordinal) && !p.Contains("/bin/", StringComparison.Ordinal))
            .Select(static p => (p, File.ReadAllText(p)));

    [GeneratedRegex("""(?<!namespace SandGlass\.)\bLayers\.([A-Z][A-Za-z]+)\b""")]
    private static partial Regex LayerNamespace();
}
