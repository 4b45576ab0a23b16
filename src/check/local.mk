noinst_LIBRARIES += libcheck.a
libcheck_a_SOURCES = \
    src/check/health.c src/check/health.h \
    src/check/schedule.c src/check/schedule.h \
    src/check/verdict.c src/check/verdict.h
