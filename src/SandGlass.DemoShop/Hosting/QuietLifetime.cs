namespace SandGlass.DemoShop;

/// <summary>The shop lives inside another program: that one owns Ctrl+C and says when to stop.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
