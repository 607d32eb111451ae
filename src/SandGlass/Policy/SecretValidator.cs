namespace SandGlass.Policy;

/// <summary>Secrets: pointed to, never written; and whether they are there.</summary>
internal static class SecretValidator
{
    /// <summary>The text must be a reference. The message never repeats it: it may be the secret.</summary>
    public static void Reference(string text, PolicyPlace place, string at, Findings findings)
    {
        if (SecretReference.TryParse(text, out SecretReference reference))
        {
            Found(reference, place, at, findings);
        }
        else if (text.Length > 0)
        {
            findings.Add(PolicyRules.SecretInClear, at, $"a secret is not written in a policy; write where it is: {SecretReference.HowToWrite}");
        }
    }

    /// <summary>A file must be there, for it is part of the machine; a variable may still be set where the policy runs.</summary>
    public static void Found(SecretReference reference, PolicyPlace place, string at, Findings findings)
    {
        if (place.Secret(reference) is not null)
        {
            return;
        }

        if (reference.IsFile)
        {
            findings.Add(PolicyRules.NoFile, at, $"the file {Words.Quote(reference.Name)} is missing, unreadable or empty");
        }
        else
        {
            findings.Add(PolicyRules.NoVariable, at, $"the environment variable {Words.Quote(reference.Name)} is not set here; set it where the gateway runs");
        }
    }
}
