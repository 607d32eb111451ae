using SandGlass.Hosting;

namespace SandGlass.Policy;

/// <summary>
/// Where people change the policy through the API: checked, guarded against a change that came between, written to its file by
/// write-fsync-rename, in force at once, audited. The file stays the one truth: whoever edits it sees what was put.
/// </summary>
public sealed class PolicyDesk(PolicyStore store, PolicyHistory history, Audit audit)
{
    private readonly Lock _writing = new();

    /// <summary>What became of a wish to change the policy.</summary>
    public enum Answer
    {
        /// <summary>It is in force.</summary>
        Done,

        /// <summary>It was based on another revision than the one in the file.</summary>
        Stale,

        /// <summary>It is not valid; the reading says why.</summary>
        Invalid,

        /// <summary>There is no such revision.</summary>
        Unknown,
    }

    /// <summary>Puts a new policy in force.</summary>
    /// <param name="bytes">The policy.</param>
    /// <param name="basedOn">
    /// The revision that the caller has seen; null skips the guard. It is held against the file: that is what is overwritten. Nearly always
    /// the file is what is in force; where the gateway has turned the file away, who would mend it names the file's own revision, and who
    /// knows only the one in force is told that somebody is at work there.
    /// </param>
    /// <param name="by">Who.</param>
    /// <param name="from">From which address.</param>
    /// <param name="reason">Why.</param>
    /// <param name="what">What it is called in the audit.</param>
    /// <exception cref="IOException">The file can't be written; nothing has changed.</exception>
    public Outcome Put(ReadOnlyMemory<byte> bytes, string? basedOn, string by, string from, string reason, string what = "policy")
    {
        lock (_writing)
        {
            var before = store.Current.Revision;
            // The file may be newer than what is in force by the moment that a reload takes.
            var onDisk = PolicyFile.TryRead(store.File, out _) is { } file ? PolicyReader.Revision(file) : before;
            if (basedOn is not null && basedOn != onDisk)
            {
                return new(Answer.Stale, Found: onDisk);
            }

            var reading = store.Check(bytes);
            if (!reading.Valid)
            {
                return new(Answer.Invalid, reading);
            }

            // From here on it is done: what cannot be kept of it is told, and does not undo it.
            AtomicFile.Write(File.ResolveLinkTarget(store.File, returnFinalTarget: true)?.FullName ?? store.File, bytes.Span);
            // Before it is in force, so that it is kept under who brought it and not as a change of the file.
            var unkept = Keep(reading.Revision, bytes, by, reason);
            if (!store.Apply(bytes).Accepted)
            {
                return new(Answer.Invalid, store.Check(bytes));
            }

            var unwritten = audit.Write(by, from, what, reason, new { revision = before }, new { revision = reading.Revision });
            return new(Answer.Done, reading, NotKept: [.. new[] { unkept, unwritten }.OfType<string>()]);
        }
    }

    private string? Keep(string revision, ReadOnlyMemory<byte> bytes, string by, string reason)
    {
        try
        {
            history.Keep(revision, bytes.Span, by, reason);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"the history cannot be written ({fault.Message})";
        }
    }

    /// <summary>Puts a kept policy in force again.</summary>
    /// <exception cref="IOException">As <see cref="Put"/>.</exception>
    public Outcome RollBack(string revision, string? basedOn, string by, string from, string reason) =>
        history.Find(revision) is { } bytes
            ? Put(bytes, basedOn, by, from, reason, $"policy rollback to {revision}")
            : new(Answer.Unknown);

    /// <summary>What became of it.</summary>
    /// <param name="Answer">In one word.</param>
    /// <param name="Reading">What was found in the policy, where it was read.</param>
    /// <param name="Found">The file's revision, where it is not the one that the caller has seen.</param>
    /// <param name="NotKept">What could not be written about a change that was made: history, audit.</param>
    public sealed record Outcome(Answer Answer, PolicyReading? Reading = null, string? Found = null, IReadOnlyList<string>? NotKept = null);
}
