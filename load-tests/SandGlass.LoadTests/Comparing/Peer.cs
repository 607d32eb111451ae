using System.Diagnostics;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Comparing;

/// <summary>One of those that are compared: how it is configured and started.</summary>
/// <param name="Name">As tables and --only write it.</param>
/// <param name="File">Its configuration's name; null where it has none.</param>
/// <param name="Program">What must be on PATH; null for those of this project.</param>
/// <param name="Package">Debian's package of it.</param>
internal abstract record Peer(string Name, string? File, string? Program, string? Package)
{
    /// <summary>All, in the order of tables.</summary>
    public static IReadOnlyList<Peer> All { get; } = [new SandGlassPeer(), new BareYarpPeer(), new NginxPeer(), new HAProxyPeer(), new VarnishPeer()];

    /// <summary>Whether it can be started here.</summary>
    public bool There => Program is null || OnPath.Find(Program) is not null;

    /// <summary>Its version, as it says it; null where that is this project's.</summary>
    public virtual IReadOnlyList<string>? AsksVersion => null;

    /// <summary>The version where it is of this project.</summary>
    public virtual string OurVersion => typeof(Peer).Assembly.GetName().Version!.ToString(3);

    /// <summary>Its configuration's text; empty where it has none.</summary>
    public abstract string Configure(Setting setting);

    /// <summary>Program and arguments; the configuration is the file.</summary>
    public abstract IReadOnlyList<string> Command(Setting setting, string file);
}

/// <summary>The gateway, with its defaults and the routes' policies.</summary>
internal sealed record SandGlassPeer() : Peer("SandGlass", "sandglass.json", null, null)
{
    public override string Configure(Setting setting) => setting.Fill(File!);

    public override IReadOnlyList<string> Command(Setting setting, string file) => Child.Ours(
        "sandglass", "run", "--policy", file, "--listen", $"http://{setting.Listen}", "--admin", $"http://127.0.0.1:{setting.Spare}", "--state", Path.Combine(setting.Folder, "state"), "--drain", "0s");
}

/// <summary>YARP as its documentation sets it up, one route and one destination: what the gateway is built on.</summary>
internal sealed record BareYarpPeer() : Peer("bare YARP", null, null, null)
{
    public override string OurVersion => FileVersionInfo.GetVersionInfo(Path.Combine(AppContext.BaseDirectory, "Yarp.ReverseProxy.dll")).ProductVersion?.Split('+')[0] ?? "unknown";

    public override string Configure(Setting setting) => string.Empty;

    public override IReadOnlyList<string> Command(Setting setting, string file) => Child.Ours(
        "bare-yarp", "--listen", $"http://{setting.Listen}", "--bare", $"http://127.0.0.1:{setting.Spare}", "--origin", $"http://{setting.Shop}", "--everything", "yes");
}

internal sealed record NginxPeer() : Peer("nginx", "nginx.conf", "nginx", "nginx")
{
    public override IReadOnlyList<string> AsksVersion => [OnPath.Find(Program!)!, "-v"];

    public override string Configure(Setting setting) => setting.Fill(File!);

    public override IReadOnlyList<string> Command(Setting setting, string file) => [OnPath.Find(Program!)!, "-c", file, "-e", "stderr"];
}

internal sealed record HAProxyPeer() : Peer("HAProxy", "haproxy.cfg", "haproxy", "haproxy")
{
    public override IReadOnlyList<string> AsksVersion => [OnPath.Find(Program!)!, "-v"];

    public override string Configure(Setting setting) => setting.Fill(File!);

    public override IReadOnlyList<string> Command(Setting setting, string file) => [OnPath.Find(Program!)!, "-db", "-f", file];
}

internal sealed record VarnishPeer() : Peer("Varnish", "varnish.vcl", "varnishd", "varnish")
{
    // Varnish itself has no rate limits: the module that has them is a package of its own, varnish-modules.
    private static readonly string[] Folders = ["/usr/lib", "/usr/local/lib"];

    public override IReadOnlyList<string> AsksVersion => [OnPath.Find(Program!)!, "-V"];

    private static bool Throttles => Folders.Where(Directory.Exists).SelectMany(static f => Directory.EnumerateDirectories(f).Append(f))
        .Any(static f => System.IO.File.Exists(Path.Combine(f, "varnish", "vmods", "libvmod_vsthrottle.so")));

    public override string Configure(Setting setting) => setting.Fill(
        File!,
        ("THROTTLE-IMPORT", Throttles ? "import vsthrottle;" : "# No rate limit: the module vsthrottle is not installed (Debian's package varnish-modules)."),
        ("THROTTLE", Throttles ? "if (vsthrottle.is_denied(req.http.X-Forwarded-For, 100, 1s)) { return (synth(429)); }" : string.Empty));

    public override IReadOnlyList<string> Command(Setting setting, string file) =>
    [
        OnPath.Find(Program!)!, "-F", "-j", "none", "-a", setting.Listen, "-T", "none", "-f", file, "-n", Path.Combine(setting.Folder, "varnish"), "-s", "malloc,256m",
    ];
}
