using System.Text.RegularExpressions;

namespace SandGlass.LoadTests.Replay;

/// <summary>Reads a log, whichever of the four formats it is in. A line that cannot be read is counted and left out, never a reason to stop.</summary>
internal static partial class LogReader
{
    /// <summary>Requests that are taken at most: beyond that a log belongs cut, or the memory would be its own load test.</summary>
    public const int Most = 10_000_000;

    // Lines by which the format is told: the first may be half of one, where a log was rotated amid it.
    private const int Head = 50;

    /// <summary>A log's requests; the format is told by its first lines.</summary>
    public static LogFile Read(TextReader text, CancellationToken cancel = default)
    {
        var lines = new BoundedLines(text, cancel);
        return IsHar().IsMatch(lines.Ahead()) ? HarFile.Read(lines) : Lines(lines);
    }

    private static LogFile Lines(BoundedLines lines)
    {
        var log = new Building();
        List<(string Text, bool TooLong, int Number)> head = [];
        while (head.Count < Head && lines.Next(out var line, out var tooLong))
        {
            if (tooLong || !string.IsNullOrWhiteSpace(line))
            {
                head.Add((lines.Number == 1 ? line.TrimStart('\uFEFF') : line, tooLong, lines.Number));
            }
        }

        var format = LineFormat.Of([.. head.Select(static h => h.Text)]);
        head.ForEach(h => log.Add(format, h.Text, h.TooLong, h.Number));
        while (!log.Full && lines.Next(out var line, out var tooLong))
        {
            if (tooLong || !string.IsNullOrWhiteSpace(line))
            {
                log.Add(format, line, tooLong, lines.Number);
            }
        }

        var file = log.File(head.Count == 0 ? "empty" : format.Name);
        return file with
        {
            Note = lines.Broken ?? (file.Entries.Count == 0 ? format.Lacks
                : log.Full ? $"it has more than {Most:N0} requests (cut it for the rest)" : null),
        };
    }

    // A recording is one object that holds an object "log"; a line that holds a text of that name is Docker's.
    [GeneratedRegex("""^[\uFEFF\s]*\{\s*"log"\s*:\s*\{""")]
    private static partial Regex IsHar();

    /// <summary>What has been read so far.</summary>
    private sealed class Building
    {
        private readonly List<LogEntry> _entries = [];
        private readonly HashSet<string> _texts = new(StringComparer.Ordinal);
        private (int Number, string Text) _firstMalformed;
        private int _malformed, _tooLong, _outOfOrder;
        private double _latest = double.NegativeInfinity;
        private bool _fractions;

        /// <summary>No more is taken.</summary>
        public bool Full => _entries.Count >= Most;

        public void Add(LineFormat format, string line, bool tooLong, int number)
        {
            if (!tooLong && format.Parse(line) is { } entry)
            {
                Add(entry);
            }
            else if (tooLong || !format.IsDirective(line))
            {
                _malformed++;
                _tooLong += tooLong ? 1 : 0;
                _firstMalformed = _malformed == 1 ? (number, line) : _firstMalformed;
            }
        }

        public LogFile File(string format) =>
            // OrderBy is stable: equal seconds keep the order of the file.
            new(format, _outOfOrder == 0 ? _entries : [.. _entries.OrderBy(static e => e.At)], _malformed, _firstMalformed.Number, _outOfOrder, !_fractions)
            {
                FirstText = _firstMalformed.Text ?? string.Empty,
                TooLong = _tooLong,
            };

        private void Add(LogEntry entry)
        {
            _entries.Add(entry with { Target = Shared(entry.Target), Client = Shared(entry.Client) });
            _outOfOrder += entry.At < _latest ? 1 : 0;
            _latest = Math.Max(_latest, entry.At);
            _fractions |= entry.At != Math.Floor(entry.At);
        }

        // A log of millions is mostly repetition: each path and client is held once.
        private string Shared(string text)
        {
            if (_texts.TryGetValue(text, out var known))
            {
                return known;
            }

            _texts.Add(text);
            return text;
        }
    }
}
