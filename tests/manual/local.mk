# The pages tell the truth, and are set as they are meant.
dist_check_SCRIPTS += tests/manual/test_completion tests/manual/test_manual tests/manual/test_rendering tests/manual/test_vim
