using SandGlass.Commands;

namespace SandGlass.EndToEnd.Tests;

/// <summary>A verb, run in this process: for those that start nothing.</summary>
internal static class Verb
{
    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.InvokeAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
