# What the benchmarks measure with; the benchmarks themselves are Python.
noinst_PROGRAMS += tests/bench/config_diff tests/bench/flows tests/bench/ipvs_plan tests/bench/measure tests/bench/pings tests/bench/servers
tests_bench_flows_LDADD =
tests_bench_measure_LDADD =
tests_bench_pings_LDADD = libbase.a
tests_bench_servers_LDADD =
