# Unit tests (cmocka), one program for each module; a program's source is its name with .c.
AM_TESTS_ENVIRONMENT = srcdir='$(srcdir)'; export srcdir;

if HAVE_CMOCKA
unit_tests = \
    tests/unit/test_address \
    tests/unit/test_admit \
    tests/unit/test_agent \
    tests/unit/test_agent_reply \
    tests/unit/test_ah \
    tests/unit/test_announce \
    tests/unit/test_announced \
    tests/unit/test_arena \
    tests/unit/test_beat \
    tests/unit/test_bfd_fsm \
    tests/unit/test_bfd_packet \
    tests/unit/test_buffer \
    tests/unit/test_checker \
    tests/unit/test_checker_many \
    tests/unit/test_checker_reload \
    tests/unit/test_checker_steer \
    tests/unit/test_checker_weight \
    tests/unit/test_clock \
    tests/unit/test_command \
    tests/unit/test_conf_find \
    tests/unit/test_conf_text \
    tests/unit/test_connection \
    tests/unit/test_conntrack \
    tests/unit/test_rates \
    tests/unit/test_decide \
    tests/unit/test_detail \
    tests/unit/test_diag \
    tests/unit/test_diff \
    tests/unit/test_drift \
    tests/unit/test_dns_reply \
    tests/unit/test_dump \
    tests/unit/test_echo \
    tests/unit/test_expand \
    tests/unit/test_explain \
    tests/unit/test_file_verdict \
    tests/unit/test_filemode \
    tests/unit/test_filter \
    tests/unit/test_fullnat \
    tests/unit/test_fsm \
    tests/unit/test_group \
    tests/unit/test_health \
    tests/unit/test_histogram \
    tests/unit/test_helper_codec \
    tests/unit/test_history \
    tests/unit/test_hmac \
    tests/unit/test_http \
    tests/unit/test_http_reply \
    tests/unit/test_holdfastctl \
    tests/unit/test_inet \
    tests/unit/test_journal \
    tests/unit/test_json \
    tests/unit/test_keep \
    tests/unit/test_kernel_codec \
    tests/unit/test_kernel_error \
    tests/unit/test_lexer \
    tests/unit/test_inspect \
    tests/unit/test_link_delay \
    tests/unit/test_links_text \
    tests/unit/test_lint \
    tests/unit/test_log \
    tests/unit/test_log_repeat \
    tests/unit/test_lookup \
    tests/unit/test_loop \
    tests/unit/test_mail \
    tests/unit/test_memory \
    tests/unit/test_names \
    tests/unit/test_metrics \
    tests/unit/test_misc \
    tests/unit/test_misc_verdict \
    tests/unit/test_mysql_answer \
    tests/unit/test_mysql_greeting \
    tests/unit/test_neigh_burst \
    tests/unit/test_neigh_queue \
    tests/unit/test_nft_look \
    tests/unit/test_notify \
    tests/unit/test_notify_queue \
    tests/unit/test_options \
    tests/unit/test_order \
    tests/unit/test_override \
    tests/unit/test_patch \
    tests/unit/test_owned \
    tests/unit/test_packet \
    tests/unit/test_parser \
    tests/unit/test_parser_bfd \
    tests/unit/test_parser_defaults \
    tests/unit/test_parser_files \
    tests/unit/test_parser_http \
    tests/unit/test_parser_local_checks \
    tests/unit/test_parser_mail \
    tests/unit/test_parser_messages \
    tests/unit/test_parser_mysql \
    tests/unit/test_parser_needs \
    tests/unit/test_parser_ranges \
    tests/unit/test_parser_service \
    tests/unit/test_parser_sync_daemon \
    tests/unit/test_parser_transport \
    tests/unit/test_parser_vmac \
    tests/unit/test_parser_vrrp \
    tests/unit/test_parser_web \
    tests/unit/test_parser_wire \
    tests/unit/test_peers \
    tests/unit/test_plan \
    tests/unit/test_proc \
    tests/unit/test_process \
    tests/unit/test_protocol \
    tests/unit/test_regex \
    tests/unit/test_reload_plan \
    tests/unit/test_render \
    tests/unit/test_request \
    tests/unit/test_rtnetlink \
    tests/unit/test_rtnetlink_route \
    tests/unit/test_rtnetlink_link \
    tests/unit/test_route_text \
    tests/unit/test_rule_text \
    tests/unit/test_runner \
    tests/unit/test_runtime \
    tests/unit/test_schedule \
    tests/unit/test_schema \
    tests/unit/test_schema_examples \
    tests/unit/test_script \
    tests/unit/test_sdnotify \
    tests/unit/test_silence \
    tests/unit/test_slots \
    tests/unit/test_smtp_talk \
    tests/unit/test_snapshot \
    tests/unit/test_solicit \
    tests/unit/test_static \
    tests/unit/test_sync \
    tests/unit/test_sync_role \
    tests/unit/test_sysctl_kept \
    tests/unit/test_table \
    tests/unit/test_takeover \
    tests/unit/test_tally \
    tests/unit/test_target \
    tests/unit/test_text \
    tests/unit/test_told \
    tests/unit/test_track \
    tests/unit/test_turns \
    tests/unit/test_verdict \
    tests/unit/test_view \
    tests/unit/test_web \
    tests/unit/test_web_route \
    tests/unit/test_web_view \
    tests/unit/test_udp_reply \
    tests/unit/test_usage \
    tests/unit/test_virtual \
    tests/unit/test_vmac_plan \
    tests/unit/test_wellness \
    tests/unit/test_when \
    tests/unit/test_why \
    tests/unit/test_worker
check_PROGRAMS += $(unit_tests)
checker_world = tests/unit/checker_world.c tests/unit/checker_world.h
tests_unit_test_checker_SOURCES = tests/unit/test_checker.c $(checker_world)
tests_unit_test_names_SOURCES = tests/unit/test_names.c $(checker_world)
tests_unit_test_checker_many_SOURCES = tests/unit/test_checker_many.c $(checker_world)
tests_unit_test_agent_SOURCES = tests/unit/test_agent.c $(checker_world)
tests_unit_test_told_SOURCES = tests/unit/test_told.c $(checker_world)
tests_unit_test_misc_SOURCES = tests/unit/test_misc.c $(checker_world)
tests_unit_test_checker_reload_SOURCES = tests/unit/test_checker_reload.c $(checker_world)
tests_unit_test_checker_steer_SOURCES = tests/unit/test_checker_steer.c $(checker_world)
tests_unit_test_checker_weight_SOURCES = tests/unit/test_checker_weight.c $(checker_world)
tests_unit_test_options_SOURCES = tests/unit/test_options.c src/options.c src/options.h
tests_unit_test_reload_plan_SOURCES = tests/unit/test_reload_plan.c src/plan.c src/plan.h
tests_unit_test_keep_SOURCES = tests/unit/test_keep.c src/keep.c src/keep.h
tests_unit_test_inspect_SOURCES = tests/unit/test_inspect.c src/inspect.c src/inspect.h
tests/unit/test_options.$(OBJEXT): Makefile
LDADD += $(CMOCKA_LIBS)
AM_CPPFLAGS += -I$(top_srcdir)/tests/unit
else
check-local:
	@echo 'make check: cmocka is missing; on Debian: apt-get install libcmocka-dev' >&2; exit 1
endif
EXTRA_DIST += tests/unit/data tests/unit/golden tests/unit/unit.h tests/unit/unit_files.h \
    tests/unit/unit_parser.h tests/unit/unit_rules.h
