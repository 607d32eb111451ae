using System.Globalization;
using SandGlass.ReloadProbe;

// reload.sh's two tools:
//   read FILE TIMES       how long the reader takes for a policy, and what it allocates, in this process and with no load beside it
//   load PORT RATE SECONDS CONNECTIONS ROUTES QUIET EVERY TARGET POLICY…
//                         asks RATE times a second for SECONDS; after QUIET seconds puts the next of the policies in the place of TARGET,
//                         every EVERY seconds; prints what clients saw, second by second
return args switch
{
    ["read", var file, var times] => ReadProbe.Run(file, Number(times), Console.Out),
    ["load", var port, var rate, var seconds, var connections, var routes, var quiet, var every, var target, .. var policies] when policies.Length > 0 =>
        await LoadAsync(
            new(Number(port), Number(rate), Number(seconds), Number(connections), Number(routes)),
            new(Number(quiet), Number(every), target, policies)),
    _ => Usage(),
};

static async Task<int> LoadAsync(LoadPlan plan, ChangePlan changes)
{
    var clock = TimeProvider.System;
    var began = clock.GetTimestamp() + (clock.TimestampFrequency / 2);
    var series = new Series(plan.Seconds);
    var changing = changes.RunAsync(clock, began, plan.Seconds);
    await Load.RunAsync(plan, clock, began, series);
    return Report.Write(series, changes, await changing, Console.Out);
}

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine("reload-probe: use read or load as reload.sh does; load-tests/reload.sh does it all");
    return 2;
}
