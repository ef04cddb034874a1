"""``ipml completion shell=bash``: a script that has the shell complete commands, choices, keys and values."""

from omegaconf import DictConfig

# Bash takes `=`, `:` and `@` for ends of words, so that what stands before them is not to be repeated.
_BASH = r"""# source <(ipml completion shell=bash)
_ipml() {
    local line="${COMP_LINE:0:COMP_POINT}" IFS=$'\n'
    local typed="${line##*[[:space:]]}"
    local kept="${typed%"${typed##*[=:@]}"}"
    COMPREPLY=($(IPML_COMPLETE="$line" ipml 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=.] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -F _ipml ipml"""

_ZSH = r"""# source <(ipml completion shell=zsh)
_ipml() {
    local -a found
    found=("${(@f)$(IPML_COMPLETE="$LBUFFER" ipml 2>/dev/null)}")
    compadd -Q -S '' -- ${found:#}
}
compdef _ipml ipml"""

_FISH = r"""# ipml completion shell=fish | source
complete -c ipml -a '(IPML_COMPLETE=(commandline -cp) ipml 2>/dev/null)'"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def run(config: DictConfig) -> None:
    """Print the script of the shell."""
    print(SCRIPTS[config.shell])
