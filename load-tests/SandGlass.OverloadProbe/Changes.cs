namespace SandGlass.OverloadProbe;

/// <summary>Tells the shops, at the planned moments, how to be.</summary>
internal static class Changes
{
    /// <summary>When each had taken effect, in seconds since the load began, in the plan's order.</summary>
    public static async Task<IReadOnlyList<double>> RunAsync(Plan plan, TimeProvider time, long began)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var moments = new List<double>();
        foreach (var change in plan.Changes)
        {
            var wait = TimeSpan.FromSeconds(change.At) - time.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time);
            }

            using var answer = await client.GetAsync(new Uri(change.Url));
            answer.EnsureSuccessStatusCode();
            moments.Add(time.GetElapsedTime(began).TotalSeconds);
        }

        return moments;
    }
}
