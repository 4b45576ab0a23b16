noinst_LIBRARIES += libbfd.a
libbfd_a_SOURCES = \
    src/bfd/fsm.c src/bfd/fsm.h \
    src/bfd/packet.c src/bfd/packet.h
