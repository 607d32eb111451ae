using System.Globalization;
using SandGlass.LoadTests.Commands;
using SandGlass.Testing;

namespace SandGlass.LoadTests.Tests.Comparing;

public sealed class CompareCommandTests : IDisposable
{
    private readonly string _folder = TestFolder.New("load-tests-");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task One_command_runs_the_gateway_before_a_shop_and_keeps_table_and_policy()
    {
        var (code, said, error) = await RunAsync("compare", "--only", "sandglass,yarp", "--loads", "0.5", "--capacity", "100", "--seconds", "1", "--warm-up", "1", "--out", _folder);

        // Code 4 is this machine's, where it is too busy.
        Assert.True(code is 0 or 4, said + error);
        Assert.Matches("0.5×  SandGlass", said);
        Assert.Matches("0.5×  bare YARP", said);
        Assert.True(code == 4 || said.Contains("100.0 % (", StringComparison.Ordinal), said);
        Assert.Equal(["comparison.html", "comparison.json", "comparison.md", "sandglass.json"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
        Assert.Contains("2 of 2: 0.5× the capacity through bare YARP", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compare --only ngnix", "no peer is called ngnix; did you mean \"nginx\"?")]
    [InlineData("compare --loads 1,much", "--loads: \"much\" is no number")]
    [InlineData("compare --rounds 0", "--rounds must be from 1 to 100")]
    [InlineData("compare --seconds 0", "--seconds must be from 1 to 3,600")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string line, string message)
    {
        var (code, _, error) = await RunAsync(line.Split(' '));

        Assert.Equal(2, code);
        Assert.Contains(message, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        await using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = await LoadCommandLine.InvokeAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
