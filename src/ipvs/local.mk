noinst_LIBRARIES += libipvs.a
libipvs_a_SOURCES =
