# SPDX-License-Identifier: Apache-2.0
# bash completion for holdfast-drill(8).

_holdfast_drill() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local options='--help --twin --daemon --scenario --list --plan --reload --keep-going --out --seed --scripts
        --interval --connections --patience --tidy --slack'

    if [[ $word == = ]]; then # Readline breaks NAME=FILE and --out=DIR there
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $before in
    --daemon) mapfile -t COMPREPLY < <(compgen -W 'holdfast keepalived both' -- "$word") ;;
    --scripts) mapfile -t COMPREPLY < <(compgen -W 'stand-in run' -- "$word") ;;
    --scenario) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --list 2>/dev/null | cut -d ' ' -f 1)" -- "$word") ;;
    --out)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        ;;
    --seed | --interval | --connections | --patience | --slack) COMPREPLY=() ;;
    *)
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        else
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        fi
        ;;
    esac
}

complete -F _holdfast_drill holdfast-drill
