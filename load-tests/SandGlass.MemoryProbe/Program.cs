using System.Globalization;
using SandGlass.MemoryProbe;

// memory.sh's two tools:
//   send PORT NET CLIENTS REPEAT  CLIENTS distinct clients of NET.0.0.0/8 ask the gateway on 127.0.0.1:PORT, each REPEAT times; prints how
//                                 many answers were 2xx and 4xx
//   table KEYS MAXKEYS            the same many keys through one RateTable in this process; prints its bytes and what it forgot
return args switch
{
    ["send", var port, var net, var clients, var repeat] => Send(Number(port), Number(net), Number(clients), Number(repeat)),
    ["table", var keys, var most] => TableProbe.Run(Number(keys), Number(most), Console.Out),
    _ => Usage(),
};

static int Send(int port, int net, int clients, int repeat)
{
    var (fine, refused) = Sender.Run(port, net, clients, repeat);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fine} {refused}"));
    return fine + refused == (long)clients * repeat ? 0 : 1;
}

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine("memory-probe: use send PORT NET CLIENTS REPEAT, or table KEYS MAXKEYS; load-tests/memory.sh does it all");
    return 2;
}
