using System.Globalization;
using SandGlass.RateProbe;

// rates.sh's sender: rate-probe URL RATE SECONDS CONNECTIONS
// Asks RATE times a second at fixed moments (an open model: a slow answer delays no other request of another connection), then prints one
// line: sent, 200, 429, others, and the seconds from the first request to the last answer.
if (args is not [var url, var rate, var seconds, var connections])
{
    Console.Error.WriteLine("rate-probe: use URL RATE SECONDS CONNECTIONS as rates.sh does; load-tests/rates.sh does it all");
    return 2;
}

var sender = new Sender(new(url), Number(rate), Number(seconds), Number(connections), TimeProvider.System);
var counted = await sender.RunAsync();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{counted.Sent} {counted.Admitted} {counted.Refused} {counted.Others} {counted.Seconds:0.000}"));
return 0;

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
