using System.Globalization;
using System.Text;
using SandGlass.Policy;
using SandGlass.Request;
using SandGlass.Telemetry;
using Xunit;

namespace SandGlass.Tests.Policy;

public sealed class ReachValidatorTests
{
    [Theory]
    // All hosts that are ours are named by others.
    [InlineData("\"r\", \"s\"", "/a", "r@x.de,s@*.x.de", "x.de,*.x.de")]
    [InlineData("", "/a", "r@x.de,s@*.x.de", "x.de,*.x.de,y.de")]
    [InlineData("", "/a", "r@x.de,s@*.x.de", "")]
    [InlineData("", "/a", "r@x.de,s@GET *.x.de", "x.de,*.x.de")]
    [InlineData("\"r\"", "/a", "r@X.de", "x.DE")]
    // What follows is taken bit by bit, or all at once.
    [InlineData("\"r\", \"s\"", "/a/{**rest}", "r=/a,s=/a/{x}/{**more}", "")]
    [InlineData("", "/a/{**rest}", "s=/a/{x}/{**more}", "")]
    [InlineData("", "/a/{**rest}", "r=/a,s=/a/{x}", "")]
    [InlineData("", "/a/{**rest}", "r=/a,s=/a/{x}/{y}/{**more}", "")]
    [InlineData("\"r\"", "/a/{**rest}", "r=/A,s=/a/{x},t=/a/{x}/{y}/{**more}", "")]
    [InlineData("", "/a/{**rest}", "r=/a,s=/a/b/{**more}", "")]
    [InlineData("", "/a/{**rest}", "r=/a,s=/a/{x}/{**more}@GET", "")]
    [InlineData("\"r\"", "/{**rest}", "r=/,s=/{x}/{**more}", "")]
    public void Says_which_routes_take_all_of_one(string told, string path, string others, string hosts)
    {
        var routes = new List<string> { $"\"w\": {{ \"chain\": \"marketing\", \"match\": {{ \"path\": \"{path}\" }} }}" };
        foreach (string[] one in others.Split(',').Select(other => other.Split('=', '@')))
        {
            string match = others.Contains('=', StringComparison.Ordinal) ? one[1] : path;
            string rest = others.Contains('=', StringComparison.Ordinal) ? one.ElementAtOrDefault(2) ?? "" : one[1];
            string[] words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string method = words.FirstOrDefault(word => word == "GET") is { } get ? $", \"methods\": [ \"{get}\" ]" : "";
            string host = words.FirstOrDefault(word => word != "GET") is { } name ? $", \"hosts\": [ \"{name}\" ]" : "";
            routes.Add($"\"{one[0]}\": {{ \"chain\": \"marketing\", \"match\": {{ \"path\": \"{match}\"{method}{host} }} }}");
        }

        IEnumerable<PolicyProblem> problems = Told(string.Join(", ", routes), hosts);

        if (told.Length == 0)
        {
            Assert.Empty(problems);
        }
        else
        {
            PolicyProblem problem = Assert.Single(problems);
            Assert.Equal("/routes/w/match/path", problem.Pointer);
            Assert.Contains((string[])[told, "\"s\", \"r\""], one => problem.Message.Contains(one, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_path_that_no_request_has_is_told()
    {
        Assert.Contains("9 parameters, and at most 8", Only("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"), StringComparison.Ordinal);
        Assert.Null(Only("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{**i}"));
        Assert.Contains("begins a path parameter", Only("/b/b;r"), StringComparison.Ordinal);
        Assert.Null(Only("/b/bär"));
        Assert.Contains("256B", Only("/" + new string('x', 250), "\"edge\": { \"limits\": { \"requestLine\": \"256B\" } }, "), StringComparison.Ordinal);
        Assert.Null(Only("/" + new string('x', 249), "\"edge\": { \"limits\": { \"requestLine\": \"256B\" } }, "));
        Assert.Null(Only("/b/b;r", "\"layers\": { \"trust\": { \"mode\": \"shadow\" } }, "));
    }

    [Fact]
    public void Hosts_that_are_not_ours_are_let_in_without_Trust()
    {
        string text = Policy("\"w\": { \"chain\": \"marketing\", \"match\": { \"path\": \"/a\", \"hosts\": [ \"y.de\" ] } }", "x.de");

        Assert.Equal("/routes/w/match/hosts", PolicyCase.Read(text).Problems.Single(one => one.Rule == "SG2006").Pointer);
        Assert.DoesNotContain(
            PolicyCase.Read(text.Replace("\"edge\"", "\"layers\": { \"trust\": { \"mode\": \"off\" } }, \"edge\"", StringComparison.Ordinal)).Problems,
            one => one.Rule == "SG2006");
    }

    [Fact]
    public void Characters_are_told_as_the_normal_form_of_targets_has_them()
    {
        foreach (char c in Enumerable.Range('!', 0x17f - '!').Select(i => (char)i))
        {
            // A slash is no character of a segment.
            if (c == '/' || PathPattern.Parse($"/x{c}x", out _) is null)
            {
                continue;
            }

            string raw = $"/x{c}x";
            string sent = "/" + RequestTarget.Encode(raw[1..]);
            bool arrives = RequestTarget.TryNormalise(sent, out string target, out _) is null && target == sent;
            Assert.True(arrives == (Only(raw.Replace("\"", "\\\"", StringComparison.Ordinal)) is null), $"{(int)c:x} {sent} {target}");
        }
    }

    /// <summary>The table itself is asked for every request of a small world: who is warned about is never found, and the other way round.</summary>
    [Fact]
    public void Warns_of_those_that_the_table_never_finds_and_of_no_other()
    {
        var random = new Random(20061123);
        string[] hosts = ["x.de", "y.x.de", "w.x.de", "w.y.x.de", "w.de", "elsewhere"];
        string[] paths = [.. Paths(6)];
        string[] far = ["/z/z/z/z/z", .. paths.Select(path => "/z/z/z/z/z/z" + (path == "/" ? "" : path))];
        int never = 0;
        int found = 0;
        int bounded = 0;
        for (int round = 0; round < 3_000; round++)
        {
            string[] ours = random.Next(2) == 0 ? [] : Some(random, ["x.de", "y.x.de", "*.de", "*.x.de", "*.y.x.de"]);
            // Every other world is of parameters and rests alone, and in some of them these are at the most that is matched.
            bool plain = round % 2 == 0;
            string before = round % 4 == 0 ? "/{p1}/{p2}/{p3}/{p4}/{p5}/{p6}" : "";
            string routes = string.Join(",\n", Enumerable.Range(0, random.Next(2, 8)).Select(i => Route(random, $"r{i}", before, plain)));
            PolicyReading reading = Read(routes, string.Join(',', ours));
            if (reading.Policy is not { } policy)
            {
                // Two of them take the same.
                continue;
            }

            string[] warned = [.. reading.Problems.Where(one => one.Rule == "SG2006").Select(one => one.Pointer.Split('/')[2]).Order()];
            string[] unfound = [.. policy.Routes.Keys.Except(Found(policy, before.Length == 0 ? paths : far, [.. hosts.Where(host => ours.Length == 0 || ours.Any(one => Takes(one, host)))])).Order()];
            Assert.True(warned.SequenceEqual(unfound), $"warned of {string.Join(' ', warned)}, never found {string.Join(' ', unfound)}; ours: {string.Join(' ', ours)}\n{routes}");
            never += warned.Length;
            found += policy.Routes.Count - warned.Length;
            bounded += ours.Length > 0 ? warned.Length : 0;
        }

        // The world is such that both happen.
        Assert.True(never > 500 && found > 3_000 && bounded > 100 && never - bounded > 200, $"{never} {found} {bounded}");
    }

    [Fact]
    public void Many_routes_and_hosts_are_bounded_work()
    {
        var routes = new StringBuilder();
        for (int i = 0; i < 3_000; i++)
        {
            routes.Append(CultureInfo.InvariantCulture, $"\"h{i}\": {{ \"chain\": \"marketing\", \"match\": {{ \"path\": \"/\", \"hosts\": [ \"h{i % 1_000}.x.de\" ], \"methods\": [ \"{(i < 1_000 ? "GET" : i < 2_000 ? "PUT" : "PATCH")}\" ] }} }},\n");
            routes.Append(CultureInfo.InvariantCulture, $"\"m{i}\": {{ \"chain\": \"marketing\", \"match\": {{ \"path\": \"/\", \"methods\": [ \"M{i}\" ] }} }},\n");
        }

        routes.Append(string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"any{i}\": {{ \"chain\": \"marketing\", \"match\": {{ \"path\": \"/\", \"hosts\": [ \"h{i}.x.de\" ] }} }}")));
        PolicyReading reading = Read(routes.ToString(), string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"h{i}.x.de")));

        // 3,000,000 requests would have to be tried; some routes are not told for it, and none wrongly.
        Assert.True(reading.Valid, string.Join('\n', reading.Problems.Take(3)));
        string[] told = [.. reading.Problems.Where(one => one.Rule == "SG2006").Select(one => one.Pointer)];
        Assert.InRange(told.Length, 900, 1_000);
        Assert.All(told, one => Assert.StartsWith("/routes/m", one, StringComparison.Ordinal));
    }

    private static string[] Some(Random random, string[] of)
    {
        random.Shuffle(of);
        return of[..random.Next(1, 3)];
    }

    private static string Route(Random random, string name, string before, bool plain)
    {
        int depth = random.Next(0, 4);
        var path = before + string.Concat(Enumerable.Range(0, depth).Select(i => (plain ? 2 : random.Next(3)) switch { 0 => "/a", 1 => "/A", _ => $"/{{{name}{i}}}" }))
            + (random.Next(plain ? 2 : 3) == 0 ? "/{**rest}" : "");
        string methods = random.Next(3) == 0 ? $", \"methods\": [ {string.Join(", ", Some(random, ["GET", "POST"]).Select(one => $"\"{one}\""))} ]" : "";
        string hosts = random.Next(plain ? 6 : 2) == 0
            ? $", \"hosts\": [ {string.Join(", ", Some(random, ["x.de", "X.de", "y.x.de", "*.x.de", "*.y.x.de", "*.de"]).Select(one => $"\"{one}\""))} ]" : "";
        return $"\"{name}\": {{ \"chain\": \"marketing\", \"match\": {{ \"path\": \"{(path.Length == 0 ? "/" : path)}\"{methods}{hosts} }} }}";
    }

    private static IEnumerable<string> Paths(int depth)
    {
        IEnumerable<string> all = [""];
        var last = all;
        for (int i = 0; i < depth; i++)
        {
            last = [.. last.SelectMany(path => (string[])[path + "/a", path + "/z"])];
            all = all.Concat(last);
        }

        return all.Select(path => path.Length == 0 ? "/" : path);
    }

    private static HashSet<string> Found(GatewayPolicy policy, string[] paths, string[] hosts)
    {
        var table = new RouteTable(policy.Routes.Select(route => new RoutePlan
        {
            Name = route.Key,
            Chain = "c",
            Criticality = Criticality.Critical,
            Pattern = PathPattern.Parse(route.Value.Match.Path, out _)!,
            Methods = [.. route.Value.Match.Methods ?? []],
            Hosts = [.. route.Value.Match.Hosts ?? []],
            Tally = new RouteTally("c", route.Key, 1000),
        }));
        var found = new HashSet<string>();
        foreach (string host in hosts)
        {
            foreach (string method in (string[])["GET", "POST", "PATCH"])
            {
                foreach (string path in paths)
                {
                    var values = default(RouteValues);
                    if (table.Find(method, host, path, ref values) is { } route)
                    {
                        found.Add(route.Name);
                    }
                }
            }
        }

        return found;
    }

    private static bool Takes(string pattern, string host) =>
        pattern.StartsWith('*') ? host.Length > pattern.Length - 1 && host.EndsWith(pattern[1..], StringComparison.Ordinal) : host == pattern;

    private static string? Only(string path, string sections = "") => PolicyCase.Read(
        $"{{ {sections}\"backends\": {{ \"marketing\": {{ \"destinations\": {{ \"a\": \"http://127.0.0.1:7001\" }} }} }}, \"routes\": {{ \"w\": {{ \"chain\": \"marketing\", \"match\": {{ \"path\": \"{path}\" }} }} }} }}")
        .Problems.SingleOrDefault(one => one.Rule == "SG2006")?.Message;

    private static IEnumerable<PolicyProblem> Told(string routes, string hosts)
    {
        PolicyReading reading = Read(routes, hosts);
        Assert.True(reading.Valid, string.Join('\n', reading.Problems));
        return reading.Problems.Where(one => one.Rule == "SG2006");
    }

    private static PolicyReading Read(string routes, string hosts) => PolicyCase.Read(Policy(routes, hosts));

    private static string Policy(string routes, string hosts)
    {
        string edge = hosts.Length == 0 ? "" : $"\"edge\": {{ \"hosts\": [ {string.Join(", ", hosts.Split(',').Select(one => $"\"{one}\""))} ] }}, ";
        return $"{{ {edge}\"backends\": {{ \"marketing\": {{ \"destinations\": {{ \"a\": \"http://127.0.0.1:7001\" }} }} }}, \"routes\": {{ {routes} }} }}";
    }
}
