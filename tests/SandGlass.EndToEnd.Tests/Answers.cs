namespace SandGlass.EndToEnd.Tests;

/// <summary>Short ways to say what a client sends and reads.</summary>
internal static class Answers
{
    public static string? Header(this HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) ? string.Join(", ", values)
        : answer.Content.Headers.NonValidated.TryGetValues(name, out var content) ? string.Join(", ", content)
        : null;

    public static Task<string> TextAsync(this HttpResponseMessage answer) => answer.Content.ReadAsStringAsync();

    public static Task<HttpResponseMessage> SendAsync(
        this HttpClient client, HttpMethod method, string target, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, target)
        {
            Content = body,
            Version = client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        }

        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public static Task<HttpResponseMessage> GetAsync(this HttpClient client, string target, params (string Name, string Value)[] headers) =>
        client.SendAsync(HttpMethod.Get, target, null, headers);

    /// <summary>A body whose length the client does not know beforehand.</summary>
    public static HttpContent Chunked(byte[] bytes) => new StreamContent(new Unseekable(bytes));

    public static byte[] Bytes(int count, int seed = 7)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
