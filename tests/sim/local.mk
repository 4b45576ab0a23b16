# Many simulated routers; ./sim_vrrp SEED tells the story of one run.
if HAVE_CMOCKA
check_PROGRAMS += tests/sim/sim_vrrp
endif
