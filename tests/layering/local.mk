# Who may include whom.
dist_check_SCRIPTS += tests/layering/test_layering
EXTRA_DIST += tests/layering/layering.awk tests/layering/rules
