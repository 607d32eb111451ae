namespace SandGlass.LoadTests.Commands;

/// <summary>One line that says where a long command is: it stays in its place in a terminal, and is a line of its own each time elsewhere.</summary>
internal sealed class ProgressLine(TextWriter to) : IDisposable
{
    private readonly bool _stays = ReferenceEquals(to, Console.Error) && !Console.IsErrorRedirected;
    private int _shown;

    /// <summary>Whether it may change often.</summary>
    public bool Stays => _stays;

    public void Say(string text)
    {
        if (!_stays)
        {
            to.WriteLine(text);
            return;
        }

        to.Write("\r" + text.PadRight(_shown));
        _shown = text.Length;
    }

    /// <summary>Takes it away.</summary>
    public void Clear()
    {
        if (_stays && _shown > 0)
        {
            to.Write("\r" + new string(' ', _shown) + "\r");
            _shown = 0;
        }
    }

    public void Dispose() => Clear();
}
