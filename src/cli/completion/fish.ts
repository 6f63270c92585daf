// The completion script for fish.
export const FISH = `# fish completion for family-hub-jobs and fhj. Once:
#   family-hub-jobs completion fish > ~/.config/fish/completions/family-hub-jobs.fish
#   family-hub-jobs completion fish > ~/.config/fish/completions/fhj.fish
function __family_hub_jobs_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string unescape)
    set -l program $words[1]
    set -e words[1]
    set -l found (command $program __complete -- $words "$current" 2>/dev/null)
    if contains -- :files $found
        set -l before (string match -r -- '^--[^=]*=' "$current")
        for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
            printf '%s%s\\n' "$before" $path
        end
    else
        printf '%s\\n' $found
    end
end
complete -c family-hub-jobs -f -k -a '(__family_hub_jobs_complete)'
complete -c fhj -f -k -a '(__family_hub_jobs_complete)'
`;
