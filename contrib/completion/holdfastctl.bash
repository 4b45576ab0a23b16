# SPDX-License-Identifier: Apache-2.0
# bash completion for holdfastctl(1): commands, options, and the names that the daemon has now.

# The names of a kind, one a line; nothing where the daemon is not reached soon. Options that say which
# daemon is meant are those of the line.
_holdfastctl_names() {
    "${COMP_WORDS[0]}" "${daemon[@]}" --timeout 2 names "$@" 2>/dev/null
}

# The servers of a virtual server, as words of their own.
_holdfastctl_servers_of() {
    local line
    while IFS= read -r line; do
        [[ $line != "$1/${line##*/}" ]] || printf '%s\n' "${line##*/}"
    done < <(_holdfastctl_names servers)
}

# Keywords that begin with the word; behind the names of their blocks where it has a dot.
_holdfastctl_keywords() {
    local line
    [[ -n $word ]] || return 0
    while IFS= read -r line; do
        [[ $line == *.* && $word != *.* ]] || printf '%s\n' "$line"
    done < <(_holdfastctl_names keywords)
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
    explain:1) printf '%s\n' instance server service && _holdfastctl_keywords ;;
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
        [[ $first == del ]] || _holdfastctl_names services
        [[ $first == add ]] || _holdfastctl_names servers
        ;;
    server:3)
        case $first in
        ready | drain | maint | weight) _holdfastctl_servers_of "$second" ;;
        esac
        ;;
    metrics:1) printf '%s\n' text openmetrics ;;
    server:1) printf '%s\n' ready drain maint weight add del ;;
    peer:1) printf '%s\n' add del ;;
    peer:2) _holdfastctl_names instances ;;
    peer:3) [[ $first != del ]] || _holdfastctl_names peers "$second" ;;
    names:1) printf '%s\n' instances sync_groups services servers peers commands keywords ;;
    names:2) [[ $first != peers ]] || _holdfastctl_names instances ;;
    esac
}

_holdfastctl() {
    local -a daemon=() words=()
    local word line command='' first='' second='' at count=0 takes blank=$'\001'
    local options='--socket --namespace --instance --json --timeout --for --follow --since --limit --watch
        --interval --count --sort --failing --quiet --keep --resume --force --help --version'

    COMPREPLY=()
    # As it is typed, not as Readline has broken it at colons; a quoted blank is a part of its word.
    line=${COMP_LINE:0:COMP_POINT}
    line=${line//\\ /$blank}
    read -ra words <<<"$line"
    word=
    if [[ $line != *[[:space:]] ]]; then
        word=${words[-1]//$blank/\\ }
        unset 'words[-1]'
    fi
    words=("${words[@]//$blank/ }")
    words=("${words[@]//\\/}")
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
                [[ $count -ne 2 ]] || second=${words[at]}
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
