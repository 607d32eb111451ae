using System.Net;
using SandGlass.Layers.Shed;
using SandGlass.Request;
using Xunit;

namespace SandGlass.Tests.Layers.Shed;

public sealed class ReturnBookTests
{
    private readonly ReturnBook _book = new(1_000);

    private (long Told, long Early, long Obeyed) Counts => (_book.Told.Sum(), _book.Early.Sum(), _book.Obeyed.Sum());

    [Fact]
    public void Counts_who_comes_back_in_time_and_who_does_not_wait()
    {
        _book.Tell(Client(1), 5, 100_000);
        _book.Tell(Client(2), 5, 100_000);
        _book.Tell(Client(3), 5, 100_000);

        _book.Seen(Client(1), 104_999);
        _book.Seen(Client(2), 105_000);

        Assert.Equal((3, 1, 1), Counts);
    }

    [Fact]
    public void Counts_each_return_once_and_strangers_not_at_all()
    {
        _book.Seen(Client(1), 99_000);
        _book.Tell(Client(1), 5, 100_000);
        for (var i = 0; i < 3; i++)
        {
            _book.Seen(Client(1), 106_000);
            _book.Seen(Client(9), 106_000);
        }

        Assert.Equal((1, 0, 1), Counts);
    }

    [Fact]
    public void Holds_a_later_telling_against_the_client_and_forgets_after_two_minutes()
    {
        _book.Tell(Client(1), 5, 100_000);
        _book.Tell(Client(1), 60, 100_001);
        _book.Seen(Client(1), 110_000);
        _book.Tell(Client(2), 1, 111_000);
        _book.Seen(Client(2), 231_000);

        Assert.Equal((3, 1, 0), Counts);
    }

    [Fact]
    public void Tells_ten_thousand_clients_apart_but_for_who_falls_on_anothers_place()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _book.Tell(Client(i), 1, 100_000);
        }

        for (var i = 0; i < 10_000; i++)
        {
            _book.Seen(Client(i), 102_000);
        }

        Assert.Equal((10_000, 0), (_book.Told.Sum(), _book.Early.Sum()));
        Assert.InRange(_book.Obeyed.Sum(), 6_000, 10_000);
    }

    private static ClientAddress Client(int number) => ClientAddress.From(new IPAddress([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]));
}
