# Many simulated routers; ./sim_vrrp SEED tells the story of one run. test_mutations shows that
# they notice a broken state machine.
if HAVE_CMOCKA
check_PROGRAMS += tests/sim/sim_vrrp
dist_check_SCRIPTS += tests/sim/test_mutations
endif
EXTRA_DIST += tests/sim/mutations
