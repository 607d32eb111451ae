namespace SandGlass.DemoShop;

/// <summary>
/// The workers of one backend and the bounded first-in-first-out queue before them. No thread waits: a request in the queue is a
/// completion source. The lock guards all fields and is never held over a callback.
/// </summary>
internal sealed class WorkerPool(int workers, int queue)
{
    private readonly Lock gate = new();
    private readonly LinkedList<TaskCompletionSource<bool>> waiting = new();
    private int workers = workers;
    private int queue = queue;
    private int busy;

    public int Busy => Volatile.Read(ref busy);

    public int Queued
    {
        get
        {
            lock (gate)
            {
                return waiting.Count;
            }
        }
    }

    /// <summary>False at once when the queue is full. Throws when the client leaves the queue.</summary>
    public ValueTask<bool> EnterAsync(CancellationToken left)
    {
        LinkedListNode<TaskCompletionSource<bool>> place;
        lock (gate)
        {
            if (busy < workers)
            {
                busy++;
                return new(true);
            }

            if (waiting.Count >= queue)
            {
                return new(false);
            }

            place = waiting.AddLast(new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return WaitAsync(place, left);
    }

    /// <summary>Gives the worker to the next in the queue.</summary>
    public void Leave()
    {
        lock (gate)
        {
            busy--;
            Grant();
        }
    }

    /// <summary>Who already waits keeps the place, even in a queue made shorter.</summary>
    public void Resize(int newWorkers, int newQueue)
    {
        lock (gate)
        {
            workers = newWorkers;
            queue = newQueue;
            Grant();
        }
    }

    private void Grant()
    {
        while (busy < workers && waiting.First is { } first)
        {
            waiting.RemoveFirst();
            busy++;
            first.Value.SetResult(true);        // continues elsewhere, never under this lock
        }
    }

    private async ValueTask<bool> WaitAsync(LinkedListNode<TaskCompletionSource<bool>> place, CancellationToken left)
    {
        await using var registration = left.UnsafeRegister(_ => GiveUp(place, left), null);
        return await place.Value.Task;
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource<bool>> place, CancellationToken left)
    {
        lock (gate)
        {
            if (place.List is null)
            {
                return;     // granted a moment ago: the request owns a worker and will give it back itself
            }

            waiting.Remove(place);
        }

        place.Value.SetCanceled(left);
    }
}
