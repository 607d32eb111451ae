using System.CommandLine;

namespace SandGlass.Commands;

/// <summary><c>sandglass schema</c>: the policy's JSON Schema, as it travels inside the program.</summary>
internal static class SchemaCommand
{
    public static Command Make(TextWriter output)
    {
        var command = new Command("schema", "Prints the policy's JSON Schema, for editors: name it in a policy's \"$schema\".");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var stream = typeof(SchemaCommand).Assembly.GetManifestResourceStream("policy.schema.json")!;
            using var reader = new StreamReader(stream);
            await output.WriteAsync(await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
