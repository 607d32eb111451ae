namespace SandGlass.LoadTests.Planning;

/// <summary>One request of a journey.</summary>
/// <param name="Name">In the report.</param>
/// <param name="Method">GET, POST, …</param>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">Beside those of the scenario.</param>
/// <param name="Body">Its body, or null.</param>
/// <param name="Think">How long the user thinks after it, from and to.</param>
/// <param name="Checks">All must hold.</param>
/// <param name="Saves">Index of a journey's value, and the JSON pointer in the answer that it is taken from.</param>
/// <param name="Chain">The business chain it belongs to, for goodput by chain.</param>
/// <param name="Retries">How often the client asks again, at once, when the answer is not good.</param>
internal sealed record Step(
    string Name,
    HttpMethod Method,
    Template Path,
    IReadOnlyList<(string Name, Template Value)> Headers,
    Template? Body,
    (TimeSpan From, TimeSpan To) Think,
    IReadOnlyList<Check> Checks,
    IReadOnlyList<(int Value, string Pointer)> Saves,
    string Chain = "",
    int Retries = 0)
{
    /// <summary>Whether the answer's body must be kept.</summary>
    public bool ReadsBody { get; } = Saves.Count > 0 || Checks.Any(static c => c.ReadsBody);

    public TimeSpan ThinkTime(double roll) => Think.From + (roll * (Think.To - Think.From));
}
