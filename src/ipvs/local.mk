noinst_LIBRARIES += libipvs.a
libipvs_a_SOURCES = \
    src/ipvs/carry.c src/ipvs/carry.h \
    src/ipvs/connection.c src/ipvs/connection.h \
    src/ipvs/connections.c src/ipvs/connections.h \
    src/ipvs/conntrack.c src/ipvs/conntrack.h \
    src/ipvs/drift.c src/ipvs/drift.h \
    src/ipvs/kernel.c src/ipvs/kernel.h \
    src/ipvs/kernel_codec.c src/ipvs/kernel_codec.h \
    src/ipvs/kernel_error.c src/ipvs/kernel_error.h \
    src/ipvs/owned.c src/ipvs/owned.h \
    src/ipvs/plan.c src/ipvs/plan.h \
    src/ipvs/role.c src/ipvs/role.h \
    src/ipvs/sync.c src/ipvs/sync.h src/ipvs/sync_state.h \
    src/ipvs/sync_daemon.c \
    src/ipvs/sync_drain.c \
    src/ipvs/sync_job.c \
    src/ipvs/sync_link.c \
    src/ipvs/sync_pass.c \
    src/ipvs/sync_round.c \
    src/ipvs/sync_service.c \
    src/ipvs/sync_snapshot.c \
    src/ipvs/table.c src/ipvs/table.h \
    src/ipvs/takeover.c src/ipvs/takeover.h \
    src/ipvs/translation.c src/ipvs/translation.h
