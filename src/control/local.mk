noinst_LIBRARIES += libcontrol.a
libcontrol_a_SOURCES = \
    src/control/client.c src/control/client.h \
    src/control/join.c src/control/join.h \
    src/control/protocol.c src/control/protocol.h \
    src/control/render.c src/control/render.h \
    src/control/request.c src/control/request.h \
    src/control/snapshot.c src/control/snapshot.h \
    src/control/table.c src/control/table.h
