noinst_LIBRARIES += libvrrp.a
libvrrp_a_SOURCES = \
    src/vrrp/announce.c src/vrrp/announce.h \
    src/vrrp/fsm.c src/vrrp/fsm.h \
    src/vrrp/group.c src/vrrp/group.h \
    src/vrrp/packet.c src/vrrp/packet.h \
    src/vrrp/track.c src/vrrp/track.h
