include tests/unit/local.mk
include tests/lab/local.mk
