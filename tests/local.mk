include tests/unit/local.mk
include tests/lab/local.mk
include tests/fuzz/local.mk
include tests/layering/local.mk
