# Many simulated routers; ./sim_vrrp SEED tells the story of one run. test_mutations shows that
# they notice a broken state machine.
if HAVE_CMOCKA
check_PROGRAMS += tests/sim/sim_vrrp
tests_sim_sim_vrrp_SOURCES = \
    tests/sim/faults.c \
    tests/sim/invariants.c \
    tests/sim/network.c \
    tests/sim/router.c \
    tests/sim/sim.h \
    tests/sim/sim_vrrp.c \
    tests/sim/world.c
dist_check_SCRIPTS += tests/sim/test_mutations
endif
EXTRA_DIST += tests/sim/mutations
