using SandGlass.BareYarp;

// The gateway's peers in the benchmark, in one process but behind two listeners, so that neither pays for the other's routing:
//   --listen URL  YARP as its documentation sets it up, logging off: what a forwarded request costs at least
//   --bare URL    Kestrel alone: what a refusal and a kept answer cost at least, and /metrics
//   --origin URL  where YARP forwards to
//   --everything yes  all paths and methods, instead of the routes of bench-policy.json
var settings = new ConfigurationBuilder().AddCommandLine(args).Build();
string Needed(string name) => settings[name] ?? throw new ArgumentException($"--{name} URL is needed");

await using var yarp = YarpHost.Build(Needed("listen"), Needed("origin"), settings["everything"] == "yes");
await using var bare = KestrelHost.Build(Needed("bare"));
await yarp.StartAsync();
await bare.StartAsync();
await Console.Out.WriteLineAsync($"bare YARP on {yarp.Urls.First()}, bare Kestrel on {bare.Urls.First()}");
await yarp.WaitForShutdownAsync();
