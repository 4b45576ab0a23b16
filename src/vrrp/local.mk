noinst_LIBRARIES += libvrrp.a
libvrrp_a_SOURCES = \
    src/vrrp/ah.c src/vrrp/ah.h \
    src/vrrp/admit.c src/vrrp/admit.h \
    src/vrrp/announce.c src/vrrp/announce.h \
    src/vrrp/beat.c src/vrrp/beat.h \
    src/vrrp/buffer.c src/vrrp/buffer.h \
    src/vrrp/decide.c src/vrrp/decide.h \
    src/vrrp/file.c src/vrrp/file.h \
    src/vrrp/fsm.c src/vrrp/fsm.h \
    src/vrrp/grid.c src/vrrp/grid.h \
    src/vrrp/hmac.c src/vrrp/hmac.h \
    src/vrrp/group.c src/vrrp/group.h \
    src/vrrp/hooks.h \
    src/vrrp/instance.c src/vrrp/instance.h src/vrrp/instance_inside.h \
    src/vrrp/instance_act.c src/vrrp/instance_address.c src/vrrp/instance_event.c \
    src/vrrp/instance_fault.c src/vrrp/instance_observe.c src/vrrp/instance_receive.c \
    src/vrrp/instance_send.c src/vrrp/instance_snapshot.c src/vrrp/instance_socket.c \
    src/vrrp/instance_tell.c src/vrrp/instance_track.c src/vrrp/instance_trackers.c \
    src/vrrp/notify.c src/vrrp/notify.h \
    src/vrrp/notify_queue.c src/vrrp/notify_queue.h \
    src/vrrp/owned.c src/vrrp/owned.h \
    src/vrrp/packet.c src/vrrp/packet.h \
    src/vrrp/peers.c src/vrrp/peers.h \
    src/vrrp/proc.c src/vrrp/proc.h \
    src/vrrp/proc_match.c src/vrrp/proc_match.h \
    src/vrrp/proc_pids.c src/vrrp/proc_pids.h \
    src/vrrp/resume.c src/vrrp/resume.h \
    src/vrrp/script.c src/vrrp/script.h \
    src/vrrp/socket.c src/vrrp/socket.h \
    src/vrrp/track.c src/vrrp/track.h \
    src/vrrp/virtual.c src/vrrp/virtual.h \
    src/vrrp/vrrp.c src/vrrp/vrrp.h src/vrrp/vrrp_inside.h \
    src/vrrp/vrrp_group.c src/vrrp/vrrp_leave.c src/vrrp/vrrp_receive.c \
    src/vrrp/vrrp_settle.c src/vrrp/vrrp_snapshot.c
