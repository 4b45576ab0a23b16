# SPDX-License-Identifier: Apache-2.0
# bash completion for holdfast-realserver(8): addresses that were started are those of the host.

# A file for each address is there. Readline breaks words at colons: what it has before the last one is
# not to be there twice.
_holdfast_realserver_addresses() {
    local typed=${COMP_LINE:0:COMP_POINT} begin one
    typed=${typed##*[[:space:]]}
    begin=
    [[ $COMP_WORDBREAKS != *:* ]] || begin=${typed%"${typed##*:}"}
    for one in "${HOLDFAST_REALSERVER_STATE:-/run/holdfast-realserver}"/vip/*; do
        one=${one##*/}
        [[ $one == '*' || $one != "$typed"* ]] || COMPREPLY+=("${one#"$begin"}")
    done
}

_holdfast_realserver() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options=

    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'start stop status check --help' -- "$word")
        return
    fi
    case ${COMP_WORDS[1]} in
    start) options='--interface --tunnel --outer --port --csum --local --help' ;;
    stop) options='--all --help' ;;
    status) options='--json --all --help' ;;
    check) options='--interface --json --all --help' ;;
    esac
    case $before in
    --interface) mapfile -t COMPREPLY < <(cd /sys/class/net && compgen -W '*' -- "$word") ;;
    --tunnel) mapfile -t COMPREPLY < <(compgen -W 'ipip gue gre' -- "$word") ;;
    --outer) mapfile -t COMPREPLY < <(compgen -W 'ipv4 ipv6' -- "$word") ;;
    --port | --local) ;;
    *)
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        elif [[ ${COMP_WORDS[1]} != start ]]; then
            _holdfast_realserver_addresses
        fi
        ;;
    esac
}

complete -F _holdfast_realserver holdfast-realserver
