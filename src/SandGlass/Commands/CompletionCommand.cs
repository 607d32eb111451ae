using System.CommandLine;

namespace SandGlass.Commands;

/// <summary><c>sandglass completion bash | zsh</c>: the script that teaches a shell to complete; it asks the program itself.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completion of sandglass for bash. In ~/.bashrc:  source <(sandglass completion bash)
        _sandglass() {
          local line=${COMP_LINE:0:COMP_POINT} found
          found=$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null) || return
          COMPREPLY=()
          local one
          while IFS= read -r one; do
            [[ -n $one && $one == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$(printf '%q' "$one")")
          done <<<"$found"
        }
        complete -o default -F _sandglass sandglass
        """;

    private const string Zsh = """
        #compdef sandglass
        # Completion of sandglass for zsh. In ~/.zshrc, after compinit:  source <(sandglass completion zsh)
        _sandglass() {
          local line="${(j: :)${(@q)words[1,CURRENT-1]}} ${words[CURRENT]}" one
          local -a found
          found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
          found=("${(@)found:#}")
          (( ${#found} )) && compadd -a found || _files
        }
        compdef _sandglass sandglass
        """;

    public static Command Make(TextWriter output)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Prints the script that teaches your shell to complete verbs, options, switches and plans: source <(sandglass completion bash)") { shell };
        command.SetAction((parsed, _) => PrintAsync(parsed.GetValue(shell) == "zsh" ? Zsh : Bash, output));
        return command;

        static async Task<int> PrintAsync(string script, TextWriter output)
        {
            await output.WriteLineAsync(script).ConfigureAwait(false);
            return 0;
        }
    }
}
