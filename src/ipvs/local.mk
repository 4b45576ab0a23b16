noinst_LIBRARIES += libipvs.a
libipvs_a_SOURCES = \
    src/ipvs/plan.c src/ipvs/plan.h \
    src/ipvs/table.c src/ipvs/table.h
