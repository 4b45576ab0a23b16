# SPDX-License-Identifier: Apache-2.0
# bash completion for holdfast-migrate(8).

_holdfast_migrate() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

    if [[ $word == = ]]; then # Readline breaks --root=DIR there
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '--help --dry-run --root --holdfastd --version' -- "$word")
        return
    fi
    compopt -o filenames 2>/dev/null
    if [[ $before == --root ]]; then
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

complete -F _holdfast_migrate holdfast-migrate
