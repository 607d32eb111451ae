using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SandGlass.DemoShop;

/// <summary>Reads a small JSON body, or answers why it cannot.</summary>
internal static class JsonBody
{
    private const int MostBytes = 64 * 1024;

    /// <summary>Null when an error was answered. An empty body is an empty object.</summary>
    public static async ValueTask<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) where T : class
    {
        if (await BytesAsync(context) is not { } bytes)
        {
            return null;
        }

        try
        {
            if (JsonSerializer.Deserialize(bytes.Length == 0 ? "{}"u8 : bytes.Span, type) is { } value)
            {
                return value;
            }
        }
        catch (JsonException)
        {
        }

        await Reply.ProblemAsync(context, 400, "bad-json", "the body is not the JSON object this route takes");
        return null;
    }

    /// <summary>The whole body; null when it was too long and an error was answered.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> BytesAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > MostBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                await Reply.ProblemAsync(context, 413, "too-large", $"a JSON body here has at most {MostBytes} bytes");
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
