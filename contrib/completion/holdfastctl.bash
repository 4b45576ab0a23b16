# SPDX-License-Identifier: Apache-2.0
# bash completion for holdfastctl(1): commands, options, and the names that the daemon has now.

# The names of a kind, one a line; nothing where the daemon is not reached soon. Options that say which
# daemon is meant are those of the line.
_holdfastctl_names() {
    "${COMP_WORDS[0]}" "${daemon[@]}" --timeout 2 names "$1" 2>/dev/null
}

# Puts those lines of standard input that begin with the word into COMPREPLY. Readline breaks words at
# colons: what it has before the last one is not to be there twice.
_holdfastctl_reply() {
    local line quoted begin
    begin=${word%"${word##*:}"}
    [[ $COMP_WORDBREAKS == *:* ]] || begin=
    while IFS= read -r line; do
        printf -v quoted %q "$line"
        if [[ $line == "$word"* || $quoted == "$word"* ]]; then
            COMPREPLY+=("${quoted#"$begin"}")
        fi
    done
}

# What may stand where a command's word is wanted: its number counts from 1.
_holdfastctl_word() {
    case $command:$1 in
    vrrp:1) _holdfastctl_names instances && _holdfastctl_names sync_groups ;;
    explain:1) printf '%s\n' instance server service ;;
    explain:2)
        case $first in
        instance) _holdfastctl_names instances ;;
        server) _holdfastctl_names servers ;;
        service) _holdfastctl_names services ;;
        esac
        ;;
    demote:1 | release:1 | prio:2) _holdfastctl_names instances ;;
    node:1) printf '%s\n' drain resume status ;;
    log:1) printf '%s\n' error warning notice info debug default ;;
    services:1 | connections:1 | top:1) _holdfastctl_names services && _holdfastctl_names servers ;;
    drain:1 | undrain:1 | maint:1 | weight:1) _holdfastctl_names servers ;;
    check:1) _holdfastctl_names services ;;
    check:2) printf '%s\n' now pause resume ;;
    server:2)
        _holdfastctl_names services
        [[ $first == add ]] || _holdfastctl_names servers
        ;;
    metrics:1) printf '%s\n' text openmetrics ;;
    server:1) printf '%s\n' ready drain maint weight add del ;;
    peer:1) printf '%s\n' add del ;;
    peer:2) _holdfastctl_names instances ;;
    names:1) printf '%s\n' instances sync_groups services servers commands ;;
    esac
}

_holdfastctl() {
    local -a daemon=() words=()
    local word command='' first='' at count=0 takes
    local options='--socket --namespace --instance --json --timeout --for --follow --since --limit --watch
        --interval --count --sort --failing --quiet --keep --resume --force --help --version'

    COMPREPLY=()
    # As it is typed, not as Readline has broken it at colons.
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    word=
    if [[ ${COMP_LINE:0:COMP_POINT} != *[[:space:]] ]]; then
        word=${words[-1]}
        unset 'words[-1]'
    fi
    takes=
    for ((at = 1; at < ${#words[@]}; at++)); do
        case ${words[at]} in
        -s | --socket | -N | --namespace | -i | --instance)
            daemon+=("${words[at]}" "${words[at + 1]:-}")
            takes=${words[at]}
            at=$((at + 1))
            ;;
        -t | --timeout | --for | --since | --limit | --interval | --count | --sort)
            takes=${words[at]}
            at=$((at + 1))
            ;;
        -f)
            if [[ $command != events ]]; then
                takes=-f
                at=$((at + 1))
            fi
            ;;
        --socket=* | --namespace=* | --instance=*) daemon+=("${words[at]}") ;;
        -*) ;;
        *)
            if [[ -z $command ]]; then
                command=${words[at]}
            else
                count=$((count + 1))
                [[ $count -ne 1 ]] || first=${words[at]}
            fi
            ;;
        esac
    done
    if [[ -n $takes && $at -gt ${#words[@]} ]]; then # the word is what an option takes
        case $takes in
        -s | --socket) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        --sort) _holdfastctl_reply < <(printf '%s\n' connections packets_in packets_out bytes_in bytes_out active) ;;
        esac
    elif [[ $word == -* ]]; then
        # shellcheck disable=SC2086 # they are several words
        _holdfastctl_reply < <(printf '%s\n' $options)
    elif [[ -z $command ]]; then
        _holdfastctl_reply < <("${COMP_WORDS[0]}" names commands 2>/dev/null)
    elif [[ $command == plan && $count -eq 0 ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    else
        _holdfastctl_reply < <(_holdfastctl_word $((count + 1)))
    fi
}

complete -o nosort -F _holdfastctl holdfastctl 2>/dev/null || complete -F _holdfastctl holdfastctl
