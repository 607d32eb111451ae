using System.Text;

namespace SandGlass.Tests.Policy.Torture;

/// <summary>What RFC 8259, with comments and trailing commas, says of bytes.</summary>
public enum Json
{
    /// <summary>A reader must take it.</summary>
    Valid,

    /// <summary>A reader must turn it away.</summary>
    Invalid,

    /// <summary>Readers may differ.</summary>
    Either,
}

/// <summary>
/// A second opinion, written from the grammar and sharing nothing with the reader under test: first held to the table of cases by hand,
/// then used where nobody could write down the answer, inside of policies and after random damage. Not recursive, so no depth ends it.
/// </summary>
internal ref struct StrictJson
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly Stack<byte> _open = new();
    private int _at;
    private bool _unsure;

    private StrictJson(ReadOnlySpan<byte> text) => _text = text;

    public static Json Judge(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> text = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(text);
        }
        catch (DecoderFallbackException)
        {
            return Json.Invalid;
        }

        var judge = new StrictJson(text);
        return !judge.Document() ? Json.Invalid : judge._unsure ? Json.Either : Json.Valid;
    }

    private bool Document()
    {
        // One turn of the loop reads one value or opens a container; then everything that ends is closed.
        while (Space())
        {
            if (_at >= _text.Length)
            {
                return false;
            }

            byte first = _text[_at];
            if (first is (byte)'{' or (byte)'[')
            {
                _at++;
                _open.Push(first);
                if (!Space())
                {
                    return false;
                }

                if (!Eat((byte)(first + 2)))
                {
                    if (first == '{' && !Key())
                    {
                        return false;
                    }

                    continue;
                }

                _open.Pop();
            }
            else if (!Scalar(first))
            {
                return false;
            }

            if (!Close(out bool done))
            {
                return false;
            }

            if (done)
            {
                return _at == _text.Length;
            }
        }

        return false;
    }

    // After a value: to the next one, or to the end of all. False: neither.
    private bool Close(out bool done)
    {
        done = false;
        while (Space())
        {
            if (_open.Count == 0)
            {
                return done = true;
            }

            bool comma = Eat((byte)',');
            if (comma && !Space())
            {
                return false;
            }

            if (Eat((byte)(_open.Peek() + 2)))
            {
                _open.Pop();
                continue;
            }

            return comma && (_open.Peek() == '[' || Key());
        }

        return false;
    }

    private bool Key() => _at < _text.Length && _text[_at] == '"' && String() && Space() && Eat((byte)':');

    private bool Eat(byte one)
    {
        if (_at < _text.Length && _text[_at] == one)
        {
            _at++;
            return true;
        }

        return false;
    }

    private bool Scalar(byte first) => first switch
    {
        (byte)'"' => String(),
        (byte)'t' => Word("true"u8),
        (byte)'f' => Word("false"u8),
        (byte)'n' => Word("null"u8),
        _ => Number(),
    };

    private bool Word(ReadOnlySpan<byte> word)
    {
        if (!_text[_at..].StartsWith(word))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    private bool String()
    {
        for (_at++; _at < _text.Length; _at++)
        {
            switch (_text[_at])
            {
                case (byte)'"':
                    _at++;
                    return true;
                case < 0x20:
                    return false;
                case (byte)'\\':
                    _at++;
                    if (_at >= _text.Length || !Escape())
                    {
                        return false;
                    }

                    break;
            }
        }

        return false;
    }

    private bool Escape()
    {
        if (_text[_at] != 'u')
        {
            return "\"\\/bfnrt"u8.Contains(_text[_at]);
        }

        for (int digit = 0; digit < 4; digit++)
        {
            if (++_at >= _text.Length || !char.IsAsciiHexDigit((char)_text[_at]))
            {
                return false;
            }
        }

        return true;
    }

    private bool Number()
    {
        Eat((byte)'-');
        if (!Eat((byte)'0') && !Digits())
        {
            return false;
        }

        if (Eat((byte)'.') && !Digits())
        {
            return false;
        }

        if (Eat((byte)'e') || Eat((byte)'E'))
        {
            if (!Eat((byte)'+'))
            {
                Eat((byte)'-');
            }

            return Digits();
        }

        return true;
    }

    private bool Digits()
    {
        int from = _at;
        while (_at < _text.Length && char.IsAsciiDigit((char)_text[_at]))
        {
            _at++;
        }

        return _at > from;
    }

    // White space and comments; false only where a comment does not end.
    private bool Space()
    {
        while (_at < _text.Length)
        {
            if (" \t\r\n"u8.Contains(_text[_at]))
            {
                _at++;
            }
            else if (_text[_at..].StartsWith("//"u8))
            {
                int length = _text[_at..].IndexOfAny((byte)'\n', (byte)'\r');
                int end = length < 0 ? _text.Length : _at + length;
                // JSON5 ends a comment there, RFC 8259 knows no comments, and editors show a new line.
                ReadOnlySpan<byte> comment = _text[_at..end];
                _unsure |= comment.IndexOf("\u2028"u8) >= 0 || comment.IndexOf("\u2029"u8) >= 0;
                _at = end;
            }
            else if (_text[_at..].StartsWith("/*"u8))
            {
                int length = _text[(_at + 2)..].IndexOf("*/"u8);
                if (length < 0)
                {
                    return false;
                }

                _at += length + 4;
            }
            else
            {
                break;
            }
        }

        return true;
    }
}
