namespace SandGlass.CalmProbe;

/// <summary>
/// Some seconds of load on one target, in the open model: moments of a Poisson stream, each request sent at its moment on the connection that has been
/// idle for longest, and its time counted from that moment on, whether it could be sent then or not. Nothing is allocated meanwhile.
/// </summary>
/// <param name="target">Whom.</param>
/// <param name="time">The clock.</param>
internal sealed class Turn(Target target, TimeProvider time)
{
    // Of an answer: bench.sh's origin gives some hundred bytes.
    private const int Room = 4 << 10;

    private readonly byte[][] _bytes = [.. target.Sockets.Select(static _ => new byte[Room])];
    private readonly int[] _got = new int[target.Sockets.Length];
    private readonly double[] _moment = new double[target.Sockets.Length];
    private readonly Kernel.Waited[] _waited = new Kernel.Waited[target.Sockets.Length];
    private readonly int[] _of = new int[target.Sockets.Length];
    private readonly Queue<int> _idle = new(Enumerable.Range(0, target.Sockets.Length));
    private int _busy;
    private int _client;

    /// <summary>Runs one, and waits for its last answer.</summary>
    /// <param name="rate">Requests a second.</param>
    /// <param name="lead">Seconds that are not counted, in which caches and threads come into their stride.</param>
    /// <param name="seconds">Seconds that are.</param>
    /// <param name="seed">Of the moments: with the same seed they are the same for every target.</param>
    /// <param name="samples">Gets the counted ones.</param>
    public void Run(double rate, double lead, double seconds, int seed, Samples samples)
    {
        var dice = new Random(seed);
        var began = time.GetTimestamp();
        var end = lead + seconds;
        for (var next = Gap(dice, rate); next < end || _busy > 0;)
        {
            var now = time.GetElapsedTime(began).TotalSeconds;
            while (next < end && next <= now && _idle.TryDequeue(out var connection))
            {
                Send(connection, next);
                now = time.GetElapsedTime(began).TotalSeconds;
                if (next >= lead)
                {
                    samples.Late((now - next) * 1000);
                }

                next += Gap(dice, rate);
            }

            // Who has no idle connection waits for one, and is as late as that takes.
            Kernel.Wait(_waited.AsSpan(0, _busy), next >= end || _idle.Count == 0 ? 1 : next - now);
            for (var i = _busy - 1; i >= 0; i--)
            {
                if (_waited[i].IsReady && Receive(i) is { } moment && moment >= lead)
                {
                    samples.Add((time.GetElapsedTime(began).TotalSeconds - moment) * 1000);
                }
            }

            if (now > end + 5)
            {
                throw new InvalidDataException($"{_busy} answers did not come within 5 s");
            }
        }
    }

    private static double Gap(Random dice, double rate) => -Math.Log(1 - dice.NextDouble()) / rate;

    private void Send(int connection, double moment)
    {
        var request = target.Requests[_client = (_client + 1) % target.Requests.Length];
        var place = _busy++;
        _waited[place] = Kernel.For(target.Sockets[connection]);
        (_of[place], _moment[connection], _got[connection]) = (connection, moment, 0);
        if (Kernel.Send(_waited[place].Descriptor, request) != request.Length)
        {
            throw new InvalidDataException("a request could not be sent");
        }
    }

    // The moment of the request whose answer is whole now; null while it is not.
    private double? Receive(int place)
    {
        var connection = _of[place];
        var bytes = _bytes[connection];
        var read = Kernel.Receive(_waited[place].Descriptor, bytes.AsSpan(_got[connection]));
        if (read < 1)
        {
            throw new InvalidDataException("a connection broke off, or an answer was too long");
        }

        var got = _got[connection] += read;
        var length = Answer.Length(bytes.AsSpan(0, got));
        if (length == 0 || got < length)
        {
            return null;
        }

        _busy--;
        (_waited[place], _of[place]) = (_waited[_busy], _of[_busy]);
        _idle.Enqueue(connection);
        return _moment[connection];
    }
}
