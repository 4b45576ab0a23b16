noinst_LIBRARIES += libcontrol.a
libcontrol_a_SOURCES = \
    src/control/client.c src/control/client.h \
    src/control/join.c src/control/join.h \
    src/control/journal.c src/control/journal.h \
    src/control/metrics.c src/control/metrics.h src/control/metrics_inside.h \
    src/control/metrics_alias.c src/control/metrics_check.c src/control/metrics_daemon.c \
    src/control/metrics_item.c src/control/metrics_read.c src/control/metrics_sample.c \
    src/control/metrics_service.c src/control/metrics_vrrp.c \
    src/control/protocol.c src/control/protocol.h \
    src/control/render.c src/control/render.h src/control/render_inside.h \
    src/control/render_check.c src/control/render_read.c src/control/render_service.c \
    src/control/render_connections.c src/control/render_rates.c \
    src/control/rates.c src/control/rates.h \
    src/control/render_services.c \
    src/control/render_trouble.c src/control/render_vrrp.c \
    src/control/request.c src/control/request.h \
    src/control/snapshot.c src/control/snapshot.h \
    src/control/table.c src/control/table.h \
    src/control/target.c src/control/target.h \
    src/control/view.c src/control/view.h
