noinst_LIBRARIES += libvrrp.a
libvrrp_a_SOURCES =
