using Microsoft.Net.Http.Headers;
using SandGlass.Request;

namespace SandGlass.Yarp;

/// <summary>The head of a request that is made for its own client: all of the client's headers as Trust left them, and who it is.</summary>
internal static class OwnHead
{
    /// <summary>Writes it.</summary>
    public static void Write(Passage passage, HttpRequestMessage to)
    {
        var kept = passage.Kept;
        for (var i = 0; i < kept.Count; i++)
        {
            ref readonly var header = ref kept[i];
            if (!SentHeader.MayGo(header.Key))
            {
                continue;
            }

            if (header.Value.Count == 1)
            {
                SentHeader.Add(to, header.Key, header.Value.ToString());
            }
            else if (!to.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value))
            {
                to.Content?.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value);
            }
        }

        if (passage.Headers.TE.ToString().Contains("trailers", StringComparison.OrdinalIgnoreCase))
        {
            SentHeader.Add(to, HeaderNames.TE, "trailers");
        }

        if (passage.Client.Text is { } client)
        {
            SentHeader.Add(to, "X-Forwarded-For", client);
        }
    }
}
