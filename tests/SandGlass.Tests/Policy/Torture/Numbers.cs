namespace SandGlass.Tests.Policy.Torture;

internal static class Numbers
{
    public static IEnumerable<TortureCase> All =>
    [
        .. Good.Select((number, i) => TortureCase.Of($"y_number_{i:00}_{Short(number)}", number)),
        .. Bad.Select((number, i) => TortureCase.Of($"n_number_{i:00}_{Short(number)}", number)),
    ];

    private static string Short(string number) => number.Length > 20 ? $"{number[..12]}({number.Length})" : number;

    private static readonly string _long = new('9', 10_000);

    // What has no end in a double is still a number of the grammar.
    private static string[] Good =>
    [
        "0", "-0", "-0.0", "-0e0", "0e0", "0E+0", "0e-1", "1", "-1", "10", "123456789", "0.1", "-0.1", "1.0", "1.000000000000000000000000001",
        "1e1", "1E1", "1e+1", "1e-1", "1.5e3", "1.5E-3", "1e0001", "1e-0001", "1e400", "-1e400", "1e-400", "1e99999999999999999999", "0e99999999999999999999",
        "1e-99999999999999999999", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967296", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "18446744073709551616", "1.7976931348623157e308", "1.7976931348623159e308", "4.9e-324", "2.4e-324",
        "0.30000000000000004", "100000000000000000000000000000000000000000", _long, "-" + _long, "0." + _long, "1e" + new string('0', 1_000) + "1",
    ];

    private static string[] Bad =>
    [
        "-", "+", "--1", "+-1", "-+1", "+1", "-a", "- 1", "01", "-01", "00", "-00", "007", "1.", "-1.", ".5", "-.5", ".", "1.e1", "0.e1", ".e1", "1..2", "1.2.3", "1.-2",
        "1e", "1E", "1e+", "1E+", "1e-", "1e1.5", "1e+-1", "1ee1", "1e1e1", "e1", "E1", "1e 1", "1 e1", "1. 5",
        "0x", "0x1F", "-0x1", "0b1", "0o7", "1L", "1f", "1d", "1n", "1m", "0h", "1_000", "1,000.0,0 1", "1'000", "1 000", "1%", "1s", "$1", "#1",
        "NaN", "-NaN", "nan", "Infinity", "-Infinity", "+Infinity", "infinity", "inf", "-inf", "1.#INF", "∞", "½", "²", "１", "٣", "−1", "1・5", "1e５", "½e1",
        "1a", "1\u00001", "1\u20282", "1+1", "1-1", "1*2", "1/2", "(1)", "1/", "0.1.1", "0 0", "0-0",
    ];
}
