using System.Security.Cryptography;

namespace SandGlass.DemoShop;

/// <summary>What is left of a body that was counted and not kept.</summary>
internal sealed record BodyDigest(long Bytes, string Sha256)
{
    public static async ValueTask<BodyDigest> ReadAsync(HttpContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var reader = context.Request.BodyReader;
        long bytes = 0;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            foreach (var piece in read.Buffer)
            {
                hash.AppendData(piece.Span);
                bytes += piece.Length;
            }

            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return new(bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
            }
        }
    }
}
