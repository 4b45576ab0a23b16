# Each folder of tests lists its own.
include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/layering/local.mk
include tests/systemd/local.mk
include tests/lab/local.mk
