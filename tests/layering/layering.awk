# SPDX-License-Identifier: Apache-2.0
#
# Holds C files to the rules file, which is the first input. Expects to run in the source folder, with
# the files named from there. Prints FILE:LINE: what is wrong; the last line counts the files.

function finding(text) { print current ":" FNR ": " text }

# The folder that a file's own headers are in; a file at the top is a module of its own.
function module_of(file) { return file ~ /\// ? substr(file, 1, index(file, "/") - 1) : file }

# Whose rule holds for a file: its own, else its folder's.
function ruled_as(file) { return file in may ? file : module_of(file) }

function check_own(file) {
    if (!(ruled_as(file) in may)) finding("no rule says what " module_of(file) " may include")
}

function allowed(file, header,    module, words, i, n) {
    module = module_of(file)
    if (header == "config.h" || (file ~ /\// && module_of(header) == module)) return 1
    n = split(may[ruled_as(file)], words, " ")
    for (i = 1; i <= n; i++) {
        if (words[i] == header) return 1
        if (words[i] ~ /\/\*$/ && module_of(header) "/*" == words[i]) return 1
    }
    return 0
}

function check_project(header) {
    if (header !~ /\// && header != "config.h" && !((header) in may)) {
        finding("\"" header "\" is not named from the source folder")
    } else if (!allowed(current, header)) {
        finding(ruled_as(current) " may not include \"" header "\"")
    } else if (current in pure && !(header in pure) && !(header in plain)) {
        finding("is pure and may not include \"" header "\", which is not")
    }
}

function check_system(header) {
    if (current in pure && !(header in system_header)) {
        finding("is pure and may not include <" header ">")
    }
}

# Calls that no header's name gives away. Comments may name them, and so may members.
function check_calls(line) {
    gsub(/\/\*[^*]*\*\//, "", line)
    if (line ~ /^ *(\/\*|\*)/) return
    if (match(line, "(^|[^A-Za-z0-9_.>])(" calls ") *\\(")) {
        line = substr(line, RSTART, RLENGTH)
        gsub(/^[^A-Za-z_]|[ (]+$/, "", line)
        finding("is pure and may not call " line "()")
    }
}

BEGIN {
    calls = "clock_now|clock_wall|clock_gettime|gettimeofday|time|getenv|log_[a-z]+|" \
        "printf|fprintf|vfprintf|puts|fputs|fopen|open|read|write|socket|mnl_socket_[a-z0-9]+|" \
        "nl_[a-z]*send[a-z_]*|nl_recv[a-z_]*|nl_connect|genl_connect"
}

FNR == 1 { current = FILENAME; files++ }

files == 1 && /^(#|$)/ { next }
files == 1 && $1 == "may" { may[$2] = ""; for (i = 3; i <= NF; i++) may[$2] = may[$2] " " $i; next }
files == 1 && $1 == "pure" { for (i = 2; i <= NF; i++) pure[$i] = 0; next }
files == 1 && $1 == "plain" { for (i = 2; i <= NF; i++) plain[$i]; next }
files == 1 && $1 == "system" { for (i = 2; i <= NF; i++) system_header[$i]; next }
files == 1 { finding("no rule: " $0); next }

FNR == 1 {
    check_own(current)
    if (current in pure) pure[current] = 1
}
/^[ \t]*#[ \t]*include[ \t]*"/ { split($0, part, "\""); check_project(part[2]); next }
/^[ \t]*#[ \t]*include[ \t]*</ { split($0, part, /[<>]/); check_system(part[2]); next }
/^[ \t]*#[ \t]*include/ { finding("includes neither \"...\" nor <...>"); next }
current in pure { check_calls($0) }

END {
    for (file in pure) {
        if (!pure[file] && !partial) print file ":0: is listed as pure and does not exist"
    }
    print files - 1 " files"
}
