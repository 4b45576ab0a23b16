# Programs that need a kernel with IPVS and root: `./dev lab build/tests/lab/NAME` runs one.
lab_programs = tests/lab/test_ipvs_kernel
noinst_PROGRAMS += $(lab_programs)
