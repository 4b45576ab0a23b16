# Programs that need a kernel with IPVS and root: `./dev lab build/tests/lab/NAME` runs one.
lab_programs = tests/lab/test_ipvs_kernel
noinst_PROGRAMS += $(lab_programs)
EXTRA_DIST += tests/lab/README.md tests/lab/lab tests/lab/lab-init tests/lab/lab-session \
    tests/lab/lab_cache.py tests/lab/lab_guest.py tests/lab/lab_native.py tests/lab/test_lab.py \
    tests/lab/test_tally.py
