noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
    src/base/arena.c src/base/arena.h \
    src/base/capability.c src/base/capability.h \
    src/base/clock.c src/base/clock.h \
    src/base/command.c src/base/command.h \
    src/base/filemode.c src/base/filemode.h \
    src/base/fifo.c src/base/fifo.h \
    src/base/hash.h \
    src/base/helper.c src/base/helper.h \
    src/base/helper_codec.c src/base/helper_codec.h \
    src/base/helper_serve.c src/base/helper_serve.h \
    src/base/histogram.c src/base/histogram.h \
    src/base/inet.c src/base/inet.h \
    src/base/json.c src/base/json.h \
    src/base/log.c src/base/log.h \
    src/base/log_repeat.c src/base/log_repeat.h \
    src/base/loop.c src/base/loop.h \
    src/base/mailbox.c src/base/mailbox.h \
    src/base/memory.c src/base/memory.h \
    src/base/netns.c src/base/netns.h \
    src/base/process.c src/base/process.h \
    src/base/program.c src/base/program.h \
    src/base/receive_buffer.c src/base/receive_buffer.h \
    src/base/resolve.c src/base/resolve.h \
    src/base/runner.c src/base/runner.h \
    src/base/runtime.c src/base/runtime.h \
    src/base/text.c src/base/text.h \
    src/base/when.c src/base/when.h \
    src/base/worker.c src/base/worker.h \
    src/base/sdnotify.h
if HAVE_SYSTEMD
libbase_a_SOURCES += src/base/sdnotify_systemd.c
EXTRA_DIST += src/base/sdnotify_none.c
else
libbase_a_SOURCES += src/base/sdnotify_none.c
EXTRA_DIST += src/base/sdnotify_systemd.c
endif
