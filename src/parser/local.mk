noinst_LIBRARIES += libparser.a
libparser_a_SOURCES = \
    src/parser/build.c src/parser/build.h \
    src/parser/build_address.c \
    src/parser/build_announced.c \
    src/parser/build_bfd.c \
    src/parser/build_command.c \
    src/parser/build_finish.c \
    src/parser/build_frame.c \
    src/parser/build_global.c \
    src/parser/build_group.c \
    src/parser/build_hmac.c src/parser/build_mail.c \
    src/parser/build_http.c \
    src/parser/build_agent.c \
    src/parser/build_items.c \
    src/parser/build_mysql.c src/parser/facts_write_mysql.c src/parser/schema_mysql.h \
    src/parser/build_links.c \
    src/parser/build_local.c \
    src/parser/build_misc.c \
    src/parser/build_needs.c src/parser/build_number.c src/parser/build_pace.c \
    src/parser/build_encap.c \
    src/parser/build_reference.c \
    src/parser/build_route.c \
    src/parser/build_rule.c \
    src/parser/build_secret.c \
    src/parser/build_service.c \
    src/parser/build_check.c \
    src/parser/build_wire.c \
    src/parser/facts_write_wire.c \
    src/parser/build_service_finish.c \
    src/parser/build_strict.c \
    src/parser/build_static.c \
    src/parser/build_track.c \
    src/parser/build_tracked.c \
    src/parser/build_files.c \
    src/parser/build_sync_daemon.c \
    src/parser/build_transport.c \
    src/parser/build_value.c \
    src/parser/build_vmac.c \
    src/parser/build_vrrp.c \
    src/parser/build_web.c \
    src/parser/conf.h \
    src/parser/conf_find.c src/parser/conf_find.h \
    src/parser/conf_text.c src/parser/conf_text.h \
    src/parser/conf_text_encap.c \
    src/parser/conf_text_route.c \
    src/parser/conf_text_rule.c \
    src/parser/diag.c src/parser/diag.h \
    src/parser/diff.c src/parser/diff.h \
    src/parser/patch.c src/parser/patch.h \
    src/parser/dump.c src/parser/dump.h \
    src/parser/dump_json.c src/parser/dump_json.h \
    src/parser/expand.c src/parser/expand.h \
    src/parser/expand_define.c \
    src/parser/expand_include.c \
    src/parser/expand_inside.h \
    src/parser/expand_sequence.c \
    src/parser/expand_substitute.c \
    src/parser/explain.c src/parser/explain.h \
    src/parser/facts.c src/parser/facts.h \
    src/parser/facts_write.c src/parser/facts_write.h \
    src/parser/facts_write_bfd.c \
    src/parser/facts_write_http.c \
    src/parser/lexer.c src/parser/lexer.h \
    src/parser/lint.c src/parser/lint.h \
    src/parser/lint_bfd.c \
    src/parser/lint_program.c \
    src/parser/lint_service.c \
    src/parser/lint_view.h \
    src/parser/lint_vrrp.c \
    src/parser/lookup.c src/parser/lookup.h \
    src/parser/names.c \
    src/parser/origins.c src/parser/origins.h \
    src/parser/parser.c src/parser/parser.h \
    src/parser/schema.c src/parser/schema.h \
    src/parser/schema_text.c \
    src/parser/schema_global.c \
    src/parser/schema_rows.h \
    src/parser/schema_service.c \
    src/parser/schema_vrrp.c \
    src/parser/script.c src/parser/script.h \
    src/parser/silence.c src/parser/silence.h \
    src/parser/source.c src/parser/source.h \
    src/parser/source_read.c \
    src/parser/validate.c src/parser/validate.h
