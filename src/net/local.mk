noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
    src/net/address.c src/net/address.h \
    src/net/link.c src/net/link.h \
    src/net/neigh.c src/net/neigh.h \
    src/net/rtnetlink.c src/net/rtnetlink.h
