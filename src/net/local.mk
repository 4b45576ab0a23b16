noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
    src/net/address.c src/net/address.h \
    src/net/announced.c src/net/announced.h \
    src/net/announced_decide.c src/net/announced_decide.h \
    src/net/carrier.c src/net/carrier.h \
    src/net/director.c src/net/director.h src/net/director_needs.c src/net/director_needs.h \
    src/net/filter.c src/net/filter.h \
    src/net/fullnat.c src/net/fullnat.h src/net/fullnat_guard.c src/net/fullnat_rules.c \
    src/net/igmp.c src/net/igmp.h \
    src/net/inject.c src/net/inject.h \
    src/net/keeper.c src/net/keeper.h src/net/keeper_inside.h \
    src/net/keeper_answer.c src/net/keeper_audit.c src/net/keeper_claim.c \
    src/net/link.c src/net/link.h \
    src/net/link_delay.c src/net/link_delay.h \
    src/net/linkbeat.c src/net/linkbeat.h \
    src/net/neigh.c src/net/neigh.h \
    src/net/neigh_burst.c src/net/neigh_burst.h \
    src/net/neigh_queue.c src/net/neigh_queue.h \
    src/net/nft.c src/net/nft.h src/net/nft_look.c src/net/nft_look.h \
    src/net/route.c src/net/route.h \
    src/net/rtnetlink.c src/net/rtnetlink.h src/net/rtnetlink_inside.h \
    src/net/rtnetlink_link.c src/net/rtnetlink_link.h \
    src/net/rtnetlink_encap.c src/net/rtnetlink_encap.h \
    src/net/rtnetlink_route.c src/net/rtnetlink_route.h \
    src/net/rtnetlink_rule.c src/net/rtnetlink_rule.h \
    src/net/rule.c src/net/rule.h \
    src/net/solicit.c src/net/solicit.h \
    src/net/sysctl.c src/net/sysctl.h \
    src/net/sysctl_keep.c src/net/sysctl_keep.h \
    src/net/sysctl_kept.c src/net/sysctl_kept.h \
    src/net/vmac.c src/net/vmac.h \
    src/net/vmac_plan.c src/net/vmac_plan.h
