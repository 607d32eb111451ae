using SandGlass.LoadTests.Commands;

return await LoadCommandLine.InvokeAsync(args, Console.Out, Console.Error);
