# Fuzz targets. A new one is a line here, tests/fuzz/fuzz_NAME.c and its seeds in
# tests/fuzz/corpus/NAME/. Configured with --enable-fuzzers they are libFuzzer's programs, which
# ./dev fuzz runs; otherwise `make check` runs each over its seeds.
fuzz_targets = \
    tests/fuzz/fuzz_bfd \
    tests/fuzz/fuzz_agent \
    tests/fuzz/fuzz_ah \
    tests/fuzz/fuzz_connection \
    tests/fuzz/fuzz_conntrack \
    tests/fuzz/fuzz_control \
    tests/fuzz/fuzz_echo \
    tests/fuzz/fuzz_expand \
    tests/fuzz/fuzz_fullnat \
    tests/fuzz/fuzz_helper \
    tests/fuzz/fuzz_hmac \
    tests/fuzz/fuzz_http \
    tests/fuzz/fuzz_ipvs_owned \
    tests/fuzz/fuzz_ipvs_reply \
    tests/fuzz/fuzz_metrics \
    tests/fuzz/fuzz_mysql \
    tests/fuzz/fuzz_order \
    tests/fuzz/fuzz_override \
    tests/fuzz/fuzz_packet \
    tests/fuzz/fuzz_parser \
    tests/fuzz/fuzz_parser_script \
    tests/fuzz/fuzz_render \
    tests/fuzz/fuzz_rtnetlink \
    tests/fuzz/fuzz_smtp \
    tests/fuzz/fuzz_solicit \
    tests/fuzz/fuzz_sysctl_kept \
    tests/fuzz/fuzz_text \
    tests/fuzz/fuzz_web \
    tests/fuzz/fuzz_wire
EXTRA_DIST += tests/fuzz/corpus

if FUZZERS
noinst_PROGRAMS += $(fuzz_targets)
$(fuzz_targets): AM_LDFLAGS += -fsanitize=fuzzer
else
check_PROGRAMS += $(fuzz_targets)
# A library, so that the linker takes its main() for programs without one of their own.
check_LIBRARIES = tests/fuzz/libreplay.a
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay_main.c
LDADD += tests/fuzz/libreplay.a
endif
