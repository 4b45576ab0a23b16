noinst_LIBRARIES += libcheck.a
libcheck_a_SOURCES = \
    src/check/agent.c src/check/agent.h \
    src/check/agent_reply.c src/check/agent_reply.h \
    src/check/bfd.c src/check/bfd.h \
    src/check/checker.c src/check/checker.h \
    src/check/checker_ask.c \
    src/check/checker_find.c \
    src/check/checker_order.c \
    src/check/checker_private.h \
    src/check/checker_ramp.c \
    src/check/checker_snapshot.c \
    src/check/checker_suspend.c \
    src/check/connect.c src/check/connect.h \
    src/check/datagram.c src/check/datagram.h \
    src/check/detail.c src/check/detail.h \
    src/check/dns.c src/check/dns.h \
    src/check/dns_reply.c src/check/dns_reply.h \
    src/check/echo.c src/check/echo.h \
    src/check/event_line.c src/check/event_line.h \
    src/check/health.c src/check/health.h \
    src/check/history.c src/check/history.h \
    src/check/http.c src/check/http.h \
    src/check/http_match.c src/check/http_match.h \
    src/check/http_plan.c src/check/http_plan.h \
    src/check/http_reply.c src/check/http_reply.h \
    src/check/kind.c src/check/kind.h \
    src/check/names.c src/check/names.h \
    src/check/file.c src/check/file.h \
    src/check/file_verdict.c src/check/file_verdict.h \
    src/check/misc.c src/check/misc.h \
    src/check/misc_verdict.c src/check/misc_verdict.h \
    src/check/model.c src/check/model.h \
    src/check/model_copy.c \
    src/check/order.c src/check/order.h \
    src/check/ping.c src/check/ping.h \
    src/check/mysql.c src/check/mysql.h \
    src/check/mysql_answer.c src/check/mysql_answer.h \
    src/check/mysql_farewell.c src/check/mysql_farewell.h \
    src/check/mysql_greeting.c src/check/mysql_greeting.h \
    src/check/mysql_io.c src/check/mysql_io.h \
    src/check/mysql_question.c src/check/mysql_question.h \
    src/check/mysql_session.c src/check/mysql_session.h \
    src/check/pool.c src/check/pool.h \
    src/check/schedule.c src/check/schedule.h \
    src/check/smtp.c src/check/smtp.h \
    src/check/smtp_talk.c src/check/smtp_talk.h \
    src/check/tally.c src/check/tally.h \
    src/check/tcp.c src/check/tcp.h \
    src/check/told.c src/check/told.h \
    src/check/udp.c src/check/udp.h \
    src/check/udp_reply.c src/check/udp_reply.h \
    src/check/tls.c src/check/tls.h \
    src/check/turns.c src/check/turns.h \
    src/check/verdict.c src/check/verdict.h
