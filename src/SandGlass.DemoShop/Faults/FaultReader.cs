using System.Text.Json;

namespace SandGlass.DemoShop;

/// <summary>Reads faults strictly: a fault that is silently ignored is an experiment that measures nothing.</summary>
internal static class FaultReader
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The fields not given keep their value of <paramref name="from"/>. Either the faults or one line of error is null.</summary>
    public static (Faults? Faults, string? Error) Read(ReadOnlyMemory<byte> json, Faults from)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(document.RootElement, from)
                : (null, "expected a JSON object such as {\"latencyMs\": 200}");
        }
        catch (JsonException e)
        {
            return (null, "not valid JSON: " + e.Message);
        }
    }

    private static (Faults?, string?) Read(JsonElement root, Faults faults)
    {
        foreach (var field in root.EnumerateObject())
        {
            if (FaultTable.Rows.FirstOrDefault(row => row.Name == field.Name) is not { } row)
            {
                return (null, $"unknown fault \"{JsonEncodedText.Encode(field.Name)}\"; known: {string.Join(", ", FaultTable.Rows.Select(r => r.Name))}");
            }

            if (row.Read(faults, field.Value) is not { } next)
            {
                return (null, $"{row.Name} must be {row.Takes}");
            }

            faults = next;
        }

        return faults.PauseForMs > 0 && faults.PauseForMs >= faults.PauseEveryMs
            ? (null, "pauseForMs must be less than pauseEveryMs")
            : (faults, null);
    }
}
