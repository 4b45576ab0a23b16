noinst_LIBRARIES += libcontrol.a
libcontrol_a_SOURCES = \
    src/control/client.c src/control/client.h \
    src/control/explain.h src/control/explain_instance.c src/control/explain_service.c \
    src/control/join.c src/control/join.h \
    src/control/journal.c src/control/journal.h \
    src/control/metrics.c src/control/metrics.h src/control/metrics_inside.h \
    src/control/metrics_alias.c src/control/metrics_check.c src/control/metrics_daemon.c \
    src/control/metrics_item.c src/control/metrics_read.c src/control/metrics_sample.c \
    src/control/metrics_service.c src/control/metrics_vrrp.c \
    src/control/look.c src/control/look.h \
    src/control/render_explain.c src/control/render_look.c \
    src/control/protocol.c src/control/protocol.h \
    src/control/render.c src/control/render.h src/control/render_inside.h \
    src/control/render_check.c src/control/render_read.c src/control/render_service.c \
    src/control/render_connections.c src/control/render_rates.c \
    src/control/rates.c src/control/rates.h \
    src/control/render_services.c \
    src/control/render_announced.c \
    src/control/render_hand.c src/control/render_trouble.c src/control/render_vrrp.c \
    src/control/request.c src/control/request.h \
    src/control/snapshot.c src/control/snapshot.h \
    src/control/table.c src/control/table.h \
    src/control/target.c src/control/target.h \
    src/control/view.c src/control/view.h \
    src/control/wellness.c src/control/wellness.h \
    src/control/web.c src/control/web.h \
    src/control/web_answer.c src/control/web_answer.h \
    src/control/web_clients.c src/control/web_clients.h \
    src/control/web_listeners.c src/control/web_listeners.h \
    src/control/web_page.h \
    src/control/web_reply.c src/control/web_reply.h \
    src/control/web_route.c src/control/web_route.h \
    src/control/web_stream.c src/control/web_stream.h \
    src/control/web_view.c src/control/web_view.h \
    src/control/web_view_rows.c src/control/web_view_rows.h
nodist_libcontrol_a_SOURCES = src/control/web_page.c

# The page: one document with its style and its script, as a string of C.
page_files = src/control/page/page.html src/control/page/page.css src/control/page/page.js
EXTRA_DIST += $(page_files)
CLEANFILES += src/control/web_page.c

src/control/web_page.c: $(page_files) src/control/local.mk
	$(AM_V_GEN)$(MKDIR_P) src/control && { \
	echo '#include "control/web_page.h"' && echo 'const char web_page[] =' && \
	$(SED) -e '/^@STYLE@$$/{' -e 'r $(srcdir)/src/control/page/page.css' -e 'd' -e '}' \
	    -e '/^@SCRIPT@$$/{' -e 'r $(srcdir)/src/control/page/page.js' -e 'd' -e '}' \
	    $(srcdir)/src/control/page/page.html | \
	$(SED) -e 's|\\|\\\\|g' -e 's|"|\\"|g' -e 's|^|    "|' -e 's|$$|\\n"|' && \
	echo '    "";'; } >$@.new && mv $@.new $@
