# The service unit, as configured.
dist_check_SCRIPTS += tests/systemd/test_service tests/systemd/test_realserver
AM_TESTS_ENVIRONMENT += service_type='$(service_type)'; sbindir='$(sbindir)'; bindir='$(bindir)'; \
    pkglibexecdir='$(pkglibexecdir)'; export service_type sbindir bindir pkglibexecdir;
