# SPDX-License-Identifier: Apache-2.0
# bash completion for holdfastd(8).

_holdfastd() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local options='--use-file --config-test --strict --json --keywords --silence --lints --dump-config --all-config
        --dont-fork --log-console --log-detail --pid --namespace --umask --config-id --socket --runtime-dir --version --help'

    if [[ $word == = ]]; then # Readline breaks --use-file=FILE there
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $before in
    -f | --use-file | -p | --pid | --socket)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    --runtime-dir)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        ;;
    -s | --namespace) mapfile -t COMPREPLY < <(compgen -W "$(ip netns list 2>/dev/null | cut -d ' ' -f 1)" -- "$word") ;;
    --silence) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --lints 2>/dev/null | cut -d ' ' -f 1)" -- "$word") ;;
    -u | --umask | -i | --config-id) COMPREPLY=() ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
    esac
}

complete -F _holdfastd holdfastd
