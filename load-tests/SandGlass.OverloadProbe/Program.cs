using System.Globalization;
using SandGlass.OverloadProbe;

// overload.sh's two tools:
//   run PLAN.json OUT.jsonl      sends the plan's load, writes what came of it, prints a row of the table.
//                                Exit: 0 aims met, or none asked; 1 one was missed; 4 not valid, the generator fell behind
//   picture OUT.svg IN.jsonl…    draws them, a panel each
return args switch
{
    ["run", var plan, var file] => await RunAsync(Plan.Read(plan), file),
    ["picture", var file, .. var series] when series.Length > 0 => Picture.Draw(file, series),
    _ => Usage(),
};

static async Task<int> RunAsync(Plan plan, string file)
{
    // Twenty milliseconds are a fifth of the smallest thing that is told of: a tenth of a second.
    const double Behind = 20;
    const double Full = 0.9;
    var time = TimeProvider.System;
    var series = new Series(plan);
    using var asker = new Asker(time);
    await WarmAsync(plan, asker, time);
    var began = time.GetTimestamp() + (time.TimestampFrequency / 5);
    var generator = new Generator(plan, new(plan, asker, series, time, began), time, began);
    using var watch = new Watch(plan, time, began);
    var watching = watch.RunAsync();
    var changing = Changes.RunAsync(plan, time, began);
    await generator.RunAsync();
    await watching;
    var judge = new Judge(plan, series, watch, await changing);
    var measures = judge.Measure(await watch.LeftOverAsync());
    string[] missed = [.. measures.Missed(plan.Aims ?? [])];
    Output.Write(file, plan, series, watch, measures);
    Console.WriteLine(Output.Row(plan, measures, judge, generator.LateP99, missed));
    if (judge.Part(static r => r.Busy) > Full)
    {
        Console.Error.WriteLine($"overload-probe: {plan.Scenario}, {plan.Who}: the machine was full, by this or by others; what was missed may be the machine's");
    }

    if (generator.LateP99 > Behind)
    {
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"overload-probe: {plan.Scenario}, {plan.Who}: the generator fell behind (p99 {generator.LateP99:0} ms late), so this says nothing; take a smaller shop or a quieter machine"));
        return 4;
    }

    return missed.Length == 0 ? 0 : 1;
}

// Code and a few connections are warm before anything is counted.
static async Task WarmAsync(Plan plan, Asker asker, TimeProvider time)
{
    var until = time.GetTimestamp() + (10 * time.TimestampFrequency);
    for (var round = 0; round < 20; round++)
    {
        await Task.WhenAll(plan.Targets.Select(target => asker.AskAsync(new(target + "/no-such-route"), HttpMethod.Get, "11.0.0.1", null, until)));
    }

    if (plan.Practice is { } practice)
    {
        await PractiseAsync(plan, practice, asker, time);
    }
}

static async Task PractiseAsync(Plan plan, Practice practice, Asker asker, TimeProvider time)
{
    const int MostUnderWay = 4_000;
    Uri[] urls = [.. plan.Targets.Select(target => new Uri(target + practice.Path))];
    var began = time.GetTimestamp();
    var asked = new List<Task>();
    var sent = 0;
    while (time.GetElapsedTime(began).TotalSeconds is var elapsed && elapsed < practice.Seconds)
    {
        asked.RemoveAll(static task => task.IsCompleted);
        for (; sent < elapsed * practice.PerSecond; sent++)
        {
            if (asked.Count < MostUnderWay)
            {
                var until = time.GetTimestamp() + (long)(plan.PatienceMs / 1000 * time.TimestampFrequency);
                asked.Add(asker.AskAsync(urls[sent % urls.Length], HttpMethod.Get, $"11.{sent >> 16 & 255}.{sent >> 8 & 255}.{sent & 255}", null, until));
            }
        }

        await Task.Delay(TimeSpan.FromMilliseconds(10), time);
    }

    await Task.WhenAll(asked);
    // The gateways' own load is forgotten within seconds.
    await Task.Delay(TimeSpan.FromSeconds(3), time);
}

static int Usage()
{
    Console.Error.WriteLine("overload-probe: use run or picture as overload.sh does; load-tests/overload.sh does it all");
    return 2;
}
