using System.Globalization;

namespace SandGlass.LoadTests.Comparing;

/// <summary>What a peer's configuration is made from.</summary>
/// <param name="Folder">The peer's own.</param>
/// <param name="Listen">Where it takes the clients, as host:port of loopback.</param>
/// <param name="Spare">A port besides, for those that need one.</param>
/// <param name="Shop">The shop, as host:port.</param>
/// <param name="Workers">Requests that the shop works on at once: what a load test would have told the engineer.</param>
/// <param name="ServiceMs">What one takes in the mean, in milliseconds.</param>
/// <param name="PatienceMs">After which a client leaves, in milliseconds.</param>
internal sealed record Setting(string Folder, string Listen, int Spare, string Shop, int Workers, int ServiceMs, int PatienceMs)
{
    /// <summary>A peer's configuration with all in its place.</summary>
    /// <param name="name">Of the file in load-tests/peers.</param>
    /// <param name="more">What only this peer has.</param>
    public string Fill(string name, params (string Mark, string Text)[] more)
    {
        using var stream = typeof(Setting).Assembly.GetManifestResourceStream("peers/" + name)!;
        using var reader = new StreamReader(stream);
        var (host, port) = (Shop[..Shop.IndexOf(':', StringComparison.Ordinal)], Shop[(Shop.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        (string Mark, string Text)[] marks =
        [
            ("FOLDER", Folder), ("LISTEN", Listen), ("SHOP", Shop), ("SHOP-HOST", host), ("SHOP-PORT", port),
            ("WORKERS", Number(Workers)), ("HALF", Number(Math.Max(1, Workers / 2))),
            // Later than that is work for nobody: what clients wait for and a little less.
            ("LEAVE", Number(PatienceMs * 4 / 5)),
            // Who waits longer for a worker would have no time left for the work; work's p99 is about 3.4 times its mean.
            ("QUEUE", Number(Math.Max(PatienceMs / 10, (PatienceMs * 4 / 5) - (ServiceMs * 34 / 10)))),
            .. more,
        ];
        return marks.Aggregate(reader.ReadToEnd(), static (text, m) => text.Replace($"@{m.Mark}@", m.Text, StringComparison.Ordinal));
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
