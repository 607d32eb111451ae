using SandGlass.Commands;

return await CommandLine.InvokeAsync(args, StandardOutput.Writer(), Console.Error);
