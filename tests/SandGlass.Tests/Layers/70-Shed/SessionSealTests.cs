using SandGlass.Layers.Shed;
using Xunit;

namespace SandGlass.Tests.Layers.Shed;

public sealed class SessionSealTests
{
    private readonly SessionSeal _seal = SessionSeal.Of("a secret of the fleet");

    [Fact]
    public void Reads_what_it_made_until_its_end()
    {
        var text = _seal.Make(1_000);

        Assert.Equal(1_000, _seal.Read(text, 999));
        Assert.Equal(0, _seal.Read(text, 1_000));
        Assert.Equal(1_000, SessionSeal.Of("a secret of the fleet").Read(text, 0));
        Assert.NotEqual(text, _seal.Make(1_000));
    }

    [Fact]
    public void Believes_nobody_elses()
    {
        Assert.Equal(0, SessionSeal.Of("another secret").Read(_seal.Make(1_000), 0));
        Assert.Equal(0, new SessionSeal("a secret of the fleet?"u8).Read(_seal.Make(1_000), 0));
    }

    [Fact]
    public void Believes_no_text_of_which_a_letter_was_changed()
    {
        var text = _seal.Make(1_000);
        var believed = 0;
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var letter in "Ab3-_=%é\0")
            {
                var changed = string.Concat(text.AsSpan(0, i), [letter], text.AsSpan(i + 1));
                // The last letter has two bits that say nothing.
                believed += changed != text && _seal.Read(changed, 0) != 0 ? 1 : 0;
            }
        }

        Assert.Equal(0, believed);
        Assert.All(new[] { "", "x", text[..^1], text + "A", new string('A', 4096), new string('=', text.Length) }, other => Assert.Equal(0, _seal.Read(other, 0)));
    }

    [Fact]
    public void Allocates_nothing_while_it_reads()
    {
        var text = _seal.Make(1_000);
        _seal.Read(text, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            _seal.Read(text, 0);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
