noinst_LIBRARIES += libbfd.a
libbfd_a_SOURCES = \
    src/bfd/bfd.c src/bfd/bfd.h \
    src/bfd/fsm.c src/bfd/fsm.h \
    src/bfd/packet.c src/bfd/packet.h \
    src/bfd/session.c src/bfd/session.h \
    src/bfd/socket.c src/bfd/socket.h
