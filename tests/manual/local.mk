# The pages tell the truth.
dist_check_SCRIPTS += tests/manual/test_manual
