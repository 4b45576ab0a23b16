# Each folder of tests lists its own.
include tests/unit/local.mk
include tests/sim/local.mk
include tests/fuzz/local.mk
include tests/layering/local.mk
include tests/systemd/local.mk
include tests/manual/local.mk
include tests/lab/local.mk
include tests/bench/local.mk

# What pytest runs, and what ./dev counts with.
EXTRA_DIST += tests/bench tests/conftest.py tests/differential tests/drills tests/interop tests/ipvs_fixture.h tests/package \
    tests/pytest.ini tests/tally.py tests/web
