noinst_LIBRARIES += libipvs.a
libipvs_a_SOURCES = \
    src/ipvs/drift.c src/ipvs/drift.h \
    src/ipvs/kernel_codec.c src/ipvs/kernel_codec.h \
    src/ipvs/kernel_error.c src/ipvs/kernel_error.h \
    src/ipvs/owned.c src/ipvs/owned.h \
    src/ipvs/plan.c src/ipvs/plan.h \
    src/ipvs/table.c src/ipvs/table.h
