using System.Text;

namespace SandGlass.LoadTests.Replay;

/// <summary>
/// Lines of a text, none of them longer than can be a request: what a line has beyond that is read over and never held. NUL is left out: a log that was truncated while its
/// writer went on begins with a hole of them.
/// </summary>
internal sealed class BoundedLines(TextReader text, CancellationToken cancel = default)
{
    /// <summary>Characters of a line; servers take 8 to 32 KB of request line, and logs have referrer and agent beside it.</summary>
    public const int Longest = 64 << 10;

    private readonly char[] _buffer = new char[Longest];
    private readonly StringBuilder _line = new();
    private int _at, _end;

    /// <summary>The number of the last line that was read, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Why the text ended before its end; null where it did not. What stands before that is good all the same.</summary>
    public string? Broken { get; private set; }

    /// <summary>What comes next, up to <see cref="Longest"/> characters, without taking it away.</summary>
    public ReadOnlySpan<char> Ahead()
    {
        if (_at == _end && Broken is null)
        {
            (_at, _end) = (0, Fill());
        }

        return _buffer.AsSpan(_at, _end - _at);
    }

    /// <summary>The next line.</summary>
    /// <param name="line">Its text; empty where it is too long.</param>
    /// <param name="tooLong">It is longer than <see cref="Longest"/>.</param>
    /// <returns>False at the end.</returns>
    public bool Next(out string line, out bool tooLong)
    {
        (line, tooLong) = (string.Empty, false);
        if (Ahead().IsEmpty)
        {
            return false;
        }

        _line.Clear();
        var over = false;
        while (!over && Ahead() is { IsEmpty: false } ahead)
        {
            var length = ahead.IndexOf('\n');
            over = length >= 0;
            length = over ? length : ahead.Length;
            if (!tooLong)
            {
                Append(ahead[..length]);
                tooLong = _line.Length > Longest;
            }

            _at += over ? length + 1 : length;
        }

        Number++;
        line = tooLong ? string.Empty : _line.ToString().TrimEnd('\r');
        return true;
    }

    /// <summary>All that is left; null where it is more than so many characters.</summary>
    public string? Rest(int most)
    {
        _line.Clear();
        while (Ahead() is { IsEmpty: false } ahead)
        {
            if (_line.Length + ahead.Length > most)
            {
                _line.Clear();
                return null;
            }

            _line.Append(ahead);
            _at = _end;
        }

        return _line.ToString();
    }

    private int Fill()
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            return text.ReadBlock(_buffer);
        }
        catch (InvalidDataException)
        {
            Broken = "the gzip is damaged or cut off";
        }
        catch (IOException fault)
        {
            Broken = $"it could not be read to its end ({fault.Message})";
        }

        return 0;
    }

    private void Append(ReadOnlySpan<char> part)
    {
        foreach (var piece in part.Split('\0'))
        {
            _line.Append(part[piece]);
        }
    }
}
