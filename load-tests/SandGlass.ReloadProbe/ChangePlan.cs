namespace SandGlass.ReloadProbe;

/// <summary>When the policy is changed: after a quiet time, then again and again, each time by a rename and each time to another one.</summary>
internal sealed record ChangePlan(int QuietSeconds, int EverySeconds, string Target, string[] Policies)
{
    /// <summary>Changes; the moments, in seconds since the load began.</summary>
    public async Task<IReadOnlyList<double>> RunAsync(TimeProvider clock, long began, int seconds)
    {
        var moments = new List<double>();
        // None in the last seconds: each change is seen to its end.
        for (double at = QuietSeconds; at + EverySeconds <= seconds; at += EverySeconds)
        {
            var wait = TimeSpan.FromSeconds(at) - clock.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, clock);
            }

            File.Copy(Policies[moments.Count % Policies.Length], Target + ".new", overwrite: true);
            File.Move(Target + ".new", Target, overwrite: true);
            moments.Add(clock.GetElapsedTime(began).TotalSeconds);
        }

        return moments;
    }
}
