/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole messages, as people see them: what is wrong with the form.
 */
#include "unit_parser.h"

static void test_what_is_wrong_with_blocks_and_lines(void **state)
{
    static const struct unit_message_row rows[] = {
        {"foo 1\n", "t.conf:1:1: error: unknown keyword \"foo\" outside of all blocks\n"
                    "    foo 1\n"
                    "    ^~~\n"},
        {"vrrp_instnce A {\n"
         " x { y }\n"
         "}\n"
         "global_defs {\n"
         " router_id a\n"
         "}\n",
         "t.conf:1:1: error: unknown keyword \"vrrp_instnce\" outside of all blocks; did you "
         "mean \"vrrp_instance\"?\n"
         "    vrrp_instnce A {\n"
         "    ^~~~~~~~~~~~\n"},
        {"global_defs\n"
         "{\n"
         " router_id a\n",
         "t.conf:1:1: error: global_defs has no }; add it where the block ends\n"
         "    global_defs\n"
         "    ^~~~~~~~~~~\n"},
        {"}\n", "t.conf:1:1: error: this } closes nothing; remove it\n"
                "    }\n"
                "    ^\n"},
        {"{ a }\n",
         "t.conf:1:1: error: this { begins no block; put a keyword before it, or remove it and "
         "its }\n"
         "    { a }\n"
         "    ^\n"},
        {"global_defs { weight 5 }\n",
         "t.conf:1:15: error: unknown keyword \"weight\" in global_defs; it is a keyword of "
         "vrrp_script, vrrp_track_process, track_file\n"
         "    global_defs { weight 5 }\n"
         "                  ^~~~~~\n"},
        {"global_defs { real_server 10.0.0.1 80 { weight 1 } router_id x }\n",
         "t.conf:1:15: error: unknown keyword \"real_server\" in global_defs; it is a keyword "
         "of virtual_server\n"
         "    global_defs { real_server 10.0.0.1 80 { weight 1 } router_id x }\n"
         "                  ^~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         "vrrp_script s {\n"
         " script /bin/true\n"
         "}\n",
         "t.conf:4:1: error: \"vrrp_script\" cannot stand in vrrp_instance A; a } is missing "
         "before it\n"
         "    vrrp_script s {\n"
         "    ^~~~~~~~~~~\n"
         "t.conf:1:1: note: vrrp_instance A begins here\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1\n"
         " priority 5\n"
         "}\n",
         "t.conf:6:2: error: \"priority\" cannot stand in virtual_ipaddress; a } is missing "
         "before it\n"
         "     priority 5\n"
         "     ^~~~~~~~\n"
         "t.conf:4:2: note: virtual_ipaddress begins here\n"
         "     virtual_ipaddress {\n"
         "     ^~~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1\n"
         " track_interface {\n"
         "  eth1\n"
         " }\n"
         "}\n",
         "t.conf:6:2: error: \"track_interface\" cannot stand in virtual_ipaddress; a } is "
         "missing before it\n"
         "     track_interface {\n"
         "     ^~~~~~~~~~~~~~~\n"
         "t.conf:4:2: note: virtual_ipaddress begins here\n"
         "     virtual_ipaddress {\n"
         "     ^~~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1\n",
         "t.conf:4:2: error: virtual_ipaddress has no }; add it where it ends\n"
         "     virtual_ipaddress {\n"
         "     ^~~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress foo {\n"
         "  10.0.0.1 { x }\n"
         " }\n"
         "}\n",
         "t.conf:4:20: error: \"foo\" does not belong before the {; remove it\n"
         "     virtual_ipaddress foo {\n"
         "                       ^~~\n"
         "t.conf:5:12: error: virtual_ipaddress has no blocks in it; remove this {\n"
         "      10.0.0.1 { x }\n"
         "               ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress 10.0.0.1\n"
         " priority 5\n"
         "}\n",
         "t.conf:4:2: error: virtual_ipaddress needs a { ... }; add the { after it\n"
         "     virtual_ipaddress 10.0.0.1\n"
         "     ^~~~~~~~~~~~~~~~~\n"},
        {"vrrp_script s\n"
         " script /bin/true\n"
         "}\n",
         "t.conf:1:1: error: vrrp_script s needs a { ... }; add the { after it\n"
         "    vrrp_script s\n"
         "    ^~~~~~~~~~~\n"},
        {"vrrp_script s t {\n"
         " script /bin/true\n"
         "}\n",
         "t.conf:1:15: error: \"t\" does not belong before the {; remove it\n"
         "    vrrp_script s t {\n"
         "                  ^\n"},
        {"vrrp_script {\n"
         " script /bin/true\n"
         "}\n",
         "t.conf:1:1: error: vrrp_script needs an argument: vrrp_script NAME { ... }\n"
         "    vrrp_script {\n"
         "    ^~~~~~~~~~~\n"},
        {"vrrp_script \"\" {\n"
         " script /bin/true\n"
         "}\n",
         "t.conf:1:13: error: vrrp_script needs a name; \"\" is none\n"
         "    vrrp_script \"\" {\n"
         "                ^~\n"},
        {"global_defs { router_id a { b } vrrp_version 2 }\n",
         "t.conf:1:27: error: router_id has no { ... }; remove it\n"
         "    global_defs { router_id a { b } vrrp_version 2 }\n"
         "                              ^\n"},
        {"virtual_server_group web {\n"
         "  192.0.2.1 80\n",
         "t.conf:1:1: error: virtual_server_group has no }; add it where it ends\n"
         "    virtual_server_group web {\n"
         "    ^~~~~~~~~~~~~~~~~~~~\n"},
        {"global_defs {\n"
         " notification_email { ops@example.com \"On call <oncall@example.com>\" root }\n"
         " notification_email_from no mail\n"
         " smtp_server mx 70000\n"
         " notification_email { a@b,c@d <e }\n"
         "}\n",
         "t.conf:3:29: warning: \"mail\" is not used: notification_email_from takes no more words; "
         "remove it\n"
         "     notification_email_from no mail\n"
         "                                ^~~~\n"
         "t.conf:4:17: error: smtp_server 70000 is outside 1..65535\n"
         "     smtp_server mx 70000\n"
         "                    ^~~~~\n"
         "t.conf:5:23: error: notification_email \"a@b,c@d\" is no mail address; type one like "
         "ops@example.com, or \"On call <ops@example.com>\" in double quotes\n"
         "     notification_email { a@b,c@d <e }\n"
         "                          ^~~~~~~\n"
         "t.conf:5:31: error: notification_email \"<e\" is no mail address; type one like "
         "ops@example.com, or \"On call <ops@example.com>\" in double quotes\n"
         "     notification_email { a@b,c@d <e }\n"
         "                                  ^~\n"},
        {"virtual_server 10.0.0.9 80 {\n"
         " lb_algo rr\n"
         " lb_kind NAT\n"
         " protocol TCP\n"
         " real_server 10.0.0.1 80 {\n"
         "  weight 1 TCP_CHEK { connect_timeout 5 } }\n"
         "}\n",
         "t.conf:6:12: error: unknown keyword \"TCP_CHEK\" in real_server 10.0.0.1:80; did you "
         "mean \"TCP_CHECK\"?\n"
         "      weight 1 TCP_CHEK { connect_timeout 5 } }\n"
         "               ^~~~~~~~\n"},
        {"virtual_server 10.0.0.9 80 {\n"
         " lb_algo rr\n"
         " lb_kind NAT\n"
         " protocol TCP\n"
         " real_server 10.0.0.1 80 {\n"
         "  weight 1 foo bar TCP_CHECK { }\n"
         " }\n"
         "}\n",
         "t.conf:6:12: warning: \"foo\" is not used: weight takes no more words; remove it\n"
         "      weight 1 foo bar TCP_CHECK { }\n"
         "               ^~~\n"},
        {"global_defs { include a.conf }\n",
         "t.conf:1:23: error: \"a.conf\" cannot be read: there is no such file\n"
         "    global_defs { include a.conf }\n"
         "                          ^~~~~~\n"},
        {"global_defs { router_id x include a.conf }\n",
         "t.conf:1:27: warning: \"include\" is not used: router_id takes no more words; remove "
         "it\n"
         "    global_defs { router_id x include a.conf }\n"
         "                              ^~~~~~~\n"},
        {"global_defs {\n"
         " router_id \"a\n"
         "}\n",
         "t.conf:2:12: error: this \" has no partner on its line; add the closing \"\n"
         "     router_id \"a\n"
         "               ^~\n"},
        {"global_defs {\n"
         " router_id a\\#b#c\n"
         "}\n",
         "t.conf:2:16: warning: \"#\" inside a word belongs to the word here, but keepalived "
         "begins a comment with it: put the word in double quotes if it is meant, a blank "
         "before the \"#\" if not\n"
         "     router_id a\\#b#c\n"
         "                   ^\n"},
        {"global_defs {\n"
         " router_id a \\\n"
         "}\n",
         "t.conf:2:14: warning: a line is not continued by \"\\\" and the next one stands "
         "alone; remove the \"\\\", or put it in double quotes if it is meant\n"
         "     router_id a \\\n"
         "                 ^\n"},
        {"vrrp_instance A {\n"
         " include a.conf\n"
         "}\n",
         "t.conf:2:10: error: \"a.conf\" cannot be read: there is no such file\n"
         "     include a.conf\n"
         "             ^~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priorty 5 nopreempt\n"
         "\tadvert_in 3\n"
         "}\n",
         "t.conf:4:2: error: unknown keyword \"priorty\" in vrrp_instance A; did you mean "
         "\"priority\"?\n"
         "     priorty 5 nopreempt\n"
         "     ^~~~~~~\n"
         "t.conf:5:2: error: unknown keyword \"advert_in\" in vrrp_instance A; did you mean "
         "\"advert_int\"?\n"
         "    \tadvert_in 3\n"
         "    \t^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " connect_timeout 5\n"
         " unknown_thing\n"
         " {\n"
         "  priority 3\n"
         " }\n"
         "}\n",
         "t.conf:4:2: error: unknown keyword \"connect_timeout\" in vrrp_instance A; it is a "
         "keyword of virtual_server, real_server, TCP_CHECK\n"
         "     connect_timeout 5\n"
         "     ^~~~~~~~~~~~~~~\n"
         "t.conf:5:2: error: unknown keyword \"unknown_thing\" in vrrp_instance A\n"
         "     unknown_thing\n"
         "     ^~~~~~~~~~~~~\n"},
        {"virtual_server 10.0.0.9 80 {\n"
         " lb_algo rr\n"
         " lb_kind NAT\n"
         " protocol TCP\n"
         " real_server 10.0.0.1 80 {\n"
         "  TCP_CHECK {\n"
         "   lvs_sched rr\n"
         "  }\n"
         " }\n"
         "}\n",
         "t.conf:7:4: error: unknown keyword \"lvs_sched\" in TCP_CHECK; it is a keyword of "
         "virtual_server\n"
         "       lvs_sched rr\n"
         "       ^~~~~~~~~\n"},
        {"\033[31m \377\n",
         "t.conf:1:1: error: unknown keyword \"\\x1b[31m\" outside of all blocks\n"
         "    \\x1b[31m \\xff\n"
         "    ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_script {\n"
         "  s\n"
         "\n"
         "virtual_server_group G {\n"
         " 10.0.0.1\n"
         "}\n",
         "t.conf:5:3: error: there is no vrrp_script \"s\"; add: vrrp_script s { ... }\n"
         "      s\n"
         "      ^\n"
         "t.conf:7:1: error: \"virtual_server_group\" cannot stand in track_script; a } is "
         "missing before it\n"
         "    virtual_server_group G {\n"
         "    ^~~~~~~~~~~~~~~~~~~~\n"
         "t.conf:4:2: note: track_script begins here\n"
         "     track_script {\n"
         "     ^~~~~~~~~~~~\n"
         "t.conf:7:1: error: \"virtual_server_group\" cannot stand in vrrp_instance A; a } is "
         "missing before it\n"
         "    virtual_server_group G {\n"
         "    ^~~~~~~~~~~~~~~~~~~~\n"
         "t.conf:1:1: note: vrrp_instance A begins here\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"},
        {"global_defs {\015\n"
         "\trouter_id a b\015\n"
         "}\015\n",
         "t.conf:2:14: warning: \"b\" is not used: router_id takes no more words; remove it\n"
         "    \trouter_id a b\n"
         "    \t            ^\n"},
        {"vrrp_script s\n"
         "vrrp_script t {\n"
         " script /bin/true\n"
         "}\n",
         "t.conf:1:1: error: vrrp_script s needs a { ... }; add the { after it\n"
         "    vrrp_script s\n"
         "    ^~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1\n"
         "  {\n"
         " }\n",
         "t.conf:4:2: error: virtual_ipaddress has no }; add it where it ends\n"
         "     virtual_ipaddress {\n"
         "     ^~~~~~~~~~~~~~~~~\n"
         "t.conf:6:3: error: virtual_ipaddress has no blocks in it; remove this {\n"
         "      {\n"
         "      ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_script { s }\n"
         " track_script { t \"weight\" }\n"
         "}\n"
         "vrrp_script s { script /bin/true }\n"
         "vrrp_script t { script /bin/true }\n",
         "t.conf:5:19: error: there is no vrrp_script \"weight\"; add: vrrp_script weight { "
         "... }\n"
         "     track_script { t \"weight\" }\n"
         "                      ^~~~~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

static void test_what_is_wrong_with_values(void **state)
{
    static const struct unit_message_row rows[] = {
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority\n"
         "}\n",
         "t.conf:4:2: error: priority needs an argument: priority 1..255\n"
         "     priority\n"
         "     ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority !5\n"
         "}\n",
         "t.conf:4:2: error: priority needs an argument: priority 1..255\n"
         "     priority !5\n"
         "     ^~~~~~~~\n"
         "t.conf:4:11: note: what follows is a comment; if it is meant, put it in double quotes\n"
         "     priority !5\n"
         "              ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority nopreempt\n"
         "}\n",
         "t.conf:4:2: error: priority needs an argument: priority 1..255\n"
         "     priority nopreempt\n"
         "     ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority 0\n"
         "}\n",
         "t.conf:4:11: error: priority 0 is outside 1..255\n"
         "     priority 0\n"
         "              ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority 256\n"
         "}\n",
         "t.conf:4:11: error: priority 256 is outside 1..255\n"
         "     priority 256\n"
         "              ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority -1\n"
         "}\n",
         "t.conf:4:11: error: priority -1 is outside 1..255\n"
         "     priority -1\n"
         "              ^~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority 100x\n"
         "}\n",
         "t.conf:4:11: error: priority takes a number without a unit, not \"100x\"; type 100\n"
         "     priority 100x\n"
         "              ^~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority 0x64\n"
         "}\n",
         "t.conf:4:11: error: priority takes a decimal number, not \"0x64\"; type 100\n"
         "     priority 0x64\n"
         "              ^~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority 1.5\n"
         "}\n",
         "t.conf:4:11: error: priority takes a whole number in 1..255, not \"1.5\"\n"
         "     priority 1.5\n"
         "              ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority high\n"
         "}\n",
         "t.conf:4:11: error: priority takes a whole number in 1..255, not \"high\"\n"
         "     priority high\n"
         "              ^~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority \"\"\n"
         "}\n",
         "t.conf:4:11: error: priority takes a whole number in 1..255, not \"\"\n"
         "     priority \"\"\n"
         "              ^~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority 99999999999999999999\n"
         "}\n",
         "t.conf:4:11: error: priority 99999999999999999999 is outside 1..255\n"
         "     priority 99999999999999999999\n"
         "              ^~~~~~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " advert_int 2s\n"
         "}\n",
         "t.conf:4:13: error: advert_int takes seconds without a unit, not \"2s\"; type 2\n"
         "     advert_int 2s\n"
         "                ^~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay 1500ms\n"
         "}\n",
         "t.conf:4:16: error: preempt_delay takes seconds without a unit, not \"1500ms\"; type "
         "1.5\n"
         "     preempt_delay 1500ms\n"
         "                   ^~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay 2min\n"
         "}\n",
         "t.conf:4:16: error: preempt_delay takes seconds without a unit, not \"2min\"; type "
         "120\n"
         "     preempt_delay 2min\n"
         "                   ^~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " advert_int 0\n"
         "}\n",
         "t.conf:4:13: error: advert_int 0 is outside 0.01..255 seconds\n"
         "     advert_int 0\n"
         "                ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " advert_int 256\n"
         "}\n",
         "t.conf:4:13: error: advert_int 256 is outside 0.01..255 seconds\n"
         "     advert_int 256\n"
         "                ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " advert_int x\n"
         "}\n",
         "t.conf:4:13: error: advert_int takes 0.01..255 seconds, not \"x\"\n"
         "     advert_int x\n"
         "                ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay 1.12345678\n"
         "}\n",
         "t.conf:4:16: warning: preempt_delay 1.12345678 is rounded to 1.123457: it has 6 "
         "decimals\n"
         "     preempt_delay 1.12345678\n"
         "                   ^~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay 1.12345678901\n"
         "}\n",
         "t.conf:4:16: warning: preempt_delay 1.12345678901 is rounded to 1.123457: it has 6 "
         "decimals\n"
         "     preempt_delay 1.12345678901\n"
         "                   ^~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay 1.1.1\n"
         "}\n",
         "t.conf:4:16: error: preempt_delay takes 0..1000 seconds, not \"1.1.1\"\n"
         "     preempt_delay 1.1.1\n"
         "                   ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay -1\n"
         "}\n",
         "t.conf:4:16: error: preempt_delay takes 0..1000 seconds, not \"-1\"\n"
         "     preempt_delay -1\n"
         "                   ^~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " garp_master_delay 1.5\n"
         "}\n",
         "t.conf:4:20: error: garp_master_delay takes whole seconds, not \"1.5\"\n"
         "     garp_master_delay 1.5\n"
         "                       ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay state\n"
         "}\n",
         "t.conf:4:2: error: preempt_delay needs an argument: preempt_delay 0..1000 seconds\n"
         "     preempt_delay state\n"
         "     ^~~~~~~~~~~~~\n"
         "t.conf:4:16: error: state needs an argument: state MASTER or BACKUP\n"
         "     preempt_delay state\n"
         "                   ^~~~~\n"},
        {"global_defs {\n"
         " vrrp_garp_master_repeat 0\n"
         "}\n",
         "t.conf:2:26: warning: vrrp_garp_master_repeat 0 is read as 1, as keepalived does; "
         "type 1\n"
         "     vrrp_garp_master_repeat 0\n"
         "                             ^\n"},
        {"vrrp_script s {\n"
         " script /bin/true\n"
         " interval 0\n"
         "}\n",
         "t.conf:3:11: warning: interval 0 is read as 1, as keepalived does; type 1\n"
         "     interval 0\n"
         "              ^\n"},
        {"global_defs {\n"
         " vrrp_min_garp maybe\n"
         "}\n",
         "t.conf:2:16: error: vrrp_min_garp takes on, true or yes, or off, false or no, not "
         "\"maybe\"\n"
         "     vrrp_min_garp maybe\n"
         "                   ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " state master\n"
         "}\n",
         "t.conf:4:8: error: state takes MASTER or BACKUP, not \"master\"; type MASTER\n"
         "     state master\n"
         "           ^~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " state FOO\n"
         "}\n",
         "t.conf:4:8: error: state takes MASTER or BACKUP, not \"FOO\"\n"
         "     state FOO\n"
         "           ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " state\n"
         "}\n",
         "t.conf:4:2: error: state needs an argument: state MASTER or BACKUP\n"
         "     state\n"
         "     ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " state priority 5\n"
         "}\n",
         "t.conf:4:2: error: state needs an argument: state MASTER or BACKUP\n"
         "     state priority 5\n"
         "     ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface waytoolonginterface\n"
         " virtual_router_id 1\n"
         "}\n",
         "t.conf:2:12: error: interface \"waytoolonginterface\" cannot be the name of an "
         "interface: 1 to 15 bytes, no blank, no \"/\", no \":\"\n"
         "     interface waytoolonginterface\n"
         "               ^~~~~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0/1\n"
         " virtual_router_id 1\n"
         "}\n",
         "t.conf:2:12: error: interface \"eth0/1\" cannot be the name of an interface: 1 to 15 "
         "bytes, no blank, no \"/\", no \":\"\n"
         "     interface eth0/1\n"
         "               ^~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " mcast_src_ip 10.0.0.1/24\n"
         "}\n",
         "t.conf:4:15: error: mcast_src_ip takes an address without a length, not "
         "\"10.0.0.1/24\"; type 10.0.0.1\n"
         "     mcast_src_ip 10.0.0.1/24\n"
         "                  ^~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " mcast_src_ip host\n"
         "}\n",
         "t.conf:4:15: error: mcast_src_ip \"host\" is no IPv4 or IPv6 address; names are not "
         "looked up\n"
         "     mcast_src_ip host\n"
         "                  ^~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " mcast_dst_ip 10.0.0.1\n"
         "}\n",
         "t.conf:4:15: error: mcast_dst_ip 10.0.0.1 is no multicast address; type one in "
         "224.0.0.0..239.255.255.255\n"
         "     mcast_dst_ip 10.0.0.1\n"
         "                  ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " mcast_dst_ip ff02::12\n"
         "}\n",
         "t.conf:4:2: error: mcast_dst_ip is an IPv6 address and the instance is IPv4; type one of "
         "that family\n"
         "     mcast_dst_ip ff02::12\n"
         "     ^~~~~~~~~~~~\n"},
        {"global_defs {\n"
         " router_id\n"
         "}\n",
         "t.conf:2:2: error: router_id needs an argument: router_id NAME\n"
         "     router_id\n"
         "     ^~~~~~~~~\n"},
        {"global_defs {\n"
         " router_id \"\"\n"
         "}\n",
         "t.conf:2:12: error: router_id is empty; type a name, or remove it\n"
         "     router_id \"\"\n"
         "               ^~\n"},
        {"global_defs {\n"
         " router_id a b c\n"
         "}\n",
         "t.conf:2:14: warning: \"b\" is not used: router_id takes no more words; remove it\n"
         "     router_id a b c\n"
         "                 ^\n"},
        {"global_defs {\n"
         " lvs_timeouts\n"
         "}\n",
         "t.conf:2:2: error: lvs_timeouts needs an argument: lvs_timeouts [tcp SECONDS] "
         "[tcpfin SECONDS] [udp SECONDS]\n"
         "     lvs_timeouts\n"
         "     ^~~~~~~~~~~~\n"},
        {"global_defs {\n"
         " lvs_timeouts tcp\n"
         "}\n",
         "t.conf:2:2: error: lvs_timeouts needs an argument: lvs_timeouts [tcp SECONDS] "
         "[tcpfin SECONDS] [udp SECONDS]\n"
         "     lvs_timeouts tcp\n"
         "     ^~~~~~~~~~~~\n"},
        {"global_defs {\n"
         " lvs_timeouts tcp 2678401 udp 5\n"
         "}\n",
         "t.conf:2:19: error: lvs_timeouts 2678401 is outside 0..2678400\n"
         "     lvs_timeouts tcp 2678401 udp 5\n"
         "                      ^~~~~~~\n"},
        {"global_defs {\n"
         " lvs_timeouts icmp 5\n"
         "}\n",
         "t.conf:2:2: error: lvs_timeouts needs an argument: lvs_timeouts [tcp SECONDS] "
         "[tcpfin SECONDS] [udp SECONDS]\n"
         "     lvs_timeouts icmp 5\n"
         "     ^~~~~~~~~~~~\n"
         "t.conf:2:15: warning: \"icmp\" is not used: lvs_timeouts takes no more words; remove "
         "it\n"
         "     lvs_timeouts icmp 5\n"
         "                  ^~~~\n"},
        {"global_defs {\n"
         " router_id a\n"
         " router_id b\n"
         "}\n"
         "global_defs {\n"
         " router_id c\n"
         "}\n",
         "t.conf:3:2: warning: router_id is given twice in global_defs; the last one counts, "
         "remove the other\n"
         "     router_id b\n"
         "     ^~~~~~~~~\n"
         "t.conf:2:2: note: the first is here\n"
         "     router_id a\n"
         "     ^~~~~~~~~\n"
         "t.conf:6:2: warning: router_id is given twice in global_defs; the last one counts, "
         "remove the other\n"
         "     router_id c\n"
         "     ^~~~~~~~~\n"
         "t.conf:2:2: note: the first is here\n"
         "     router_id a\n"
         "     ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " notify \"/a\"\n"
         " notify \"/b\"\n"
         "}\n",
         "t.conf:5:2: warning: notify is given twice in vrrp_instance A; the first one counts, "
         "remove the other\n"
         "     notify \"/b\"\n"
         "     ^~~~~~\n"
         "t.conf:4:2: note: the first is here\n"
         "     notify \"/a\"\n"
         "     ^~~~~~\n"},
        {"global_defs {\n"
         " lvs_flsh\n"
         "}\n",
         "t.conf:2:2: error: unknown keyword \"lvs_flsh\" in global_defs; did you mean "
         "\"lvs_flush\"?\n"
         "     lvs_flsh\n"
         "     ^~~~~~~~\n"},
        {"global_defs {\n"
         " snmp_socket x\n"
         " bfd_priority 5\n"
         " bfd_priority 5\n"
         " checker_priority -5\n"
         "}\n",
         "t.conf:2:2: warning: snmp_socket is not supported by this version: there is no SNMP\n"
         "     snmp_socket x\n"
         "     ^~~~~~~~~~~\n"
         "t.conf:3:2: note: bfd_priority has no effect: Holdfast is one process, and the keyword of "
         "VRRP is the one that counts\n"
         "     bfd_priority 5\n"
         "     ^~~~~~~~~~~~\n"
         "t.conf:5:2: note: checker_priority has no effect: Holdfast is one process, and the keyword "
         "of VRRP is the one that counts\n"
         "     checker_priority -5\n"
         "     ^~~~~~~~~~~~~~~~\n"},
        {"global_defs {\n"
         " script_user \"a b\"\n"
         "}\n",
         "t.conf:2:14: error: script_user \"a b\" is no name of a user\n"
         "     script_user \"a b\"\n"
         "                 ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay 2500000us\n"
         "}\n",
         "t.conf:4:16: error: preempt_delay takes seconds without a unit, not \"2500000us\"; "
         "type 2.5\n"
         "     preempt_delay 2500000us\n"
         "                   ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " preempt_delay 12345678901234567890123456789012345678.5\n"
         "}\n",
         "t.conf:4:16: error: preempt_delay takes 0..1000 seconds, not "
         "\"12345678901234567890123456789012345678.5\"\n"
         "     preempt_delay 12345678901234567890123456789012345678.5\n"
         "                   ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " interface\n"
         "}\n",
         "t.conf:4:2: warning: interface is given twice in vrrp_instance A; the last one "
         "counts, remove the other\n"
         "     interface\n"
         "     ^~~~~~~~~\n"
         "t.conf:2:2: note: the first is here\n"
         "     interface eth0\n"
         "     ^~~~~~~~~\n"
         "t.conf:4:2: error: interface needs an argument: interface INTERFACE\n"
         "     interface\n"
         "     ^~~~~~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

static void test_what_is_wrong_with_commands(void **state)
{
    static const struct unit_message_row rows[] = {
        {"vrrp_script s {\n"
         " script\n"
         "}\n",
         "t.conf:2:2: error: script needs an argument: script \"COMMAND ARGUMENT...\"\n"
         "     script\n"
         "     ^~~~~~\n"},
        {"vrrp_script s {\n"
         " script \"\"\n"
         "}\n",
         "t.conf:2:9: error: script \"\" names no program; give its path and its arguments in "
         "double quotes\n"
         "     script \"\"\n"
         "            ^~\n"},
        {"vrrp_script s {\n"
         " script /usr/bin/pgrep nginx\n"
         "}\n",
         "t.conf:2:24: warning: \"nginx\" is not used: script takes no more words; to give it "
         "to the program, put the whole command in double quotes\n"
         "     script /usr/bin/pgrep nginx\n"
         "                           ^~~~~\n"},
        {"vrrp_script s {\n"
         " script \"/x 'a\"\n"
         "}\n",
         "t.conf:2:9: error: script \"/x 'a\" has a quote without its partner; add the closing "
         "quote\n"
         "     script \"/x 'a\"\n"
         "            ^~~~~~~\n"},
        {"vrrp_script s {\n"
         " script '/x\n"
         "}\n",
         "t.conf:2:9: error: this ' has no partner on its line; add the closing '\n"
         "     script '/x\n"
         "            ^~~\n"},
        {"vrrp_script s {\n"
         " script \"/x \\0\"\n"
         "}\n",
         "t.conf:2:9: error: script \"/x \\0\" holds an escape for a NUL byte, which no "
         "argument can hold; remove it\n"
         "     script \"/x \\0\"\n"
         "            ^~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " notify /x.sh up\n"
         "}\n",
         "t.conf:4:15: warning: notify runs the program as the user \"up\"; to give it to the "
         "program, put the whole command in double quotes\n"
         "     notify /x.sh up\n"
         "                  ^~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " notify /x.sh -v\n"
         "}\n",
         "t.conf:4:15: error: notify: \"-v\" is no name of a user; to give it to the program, "
         "put the whole command in double quotes\n"
         "     notify /x.sh -v\n"
         "                  ^~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " notify /x.sh eth0 10.0.0.1\n"
         "}\n",
         "t.conf:4:20: error: notify: \"10.0.0.1\" is no name of a group; to give it to the "
         "program, put the whole command in double quotes\n"
         "     notify /x.sh eth0 10.0.0.1\n"
         "                       ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " notify \"/x.sh\" bob ops extra\n"
         "}\n",
         "t.conf:4:25: warning: \"extra\" is not used: notify takes no more words; to give it "
         "to the program, put the whole command in double quotes\n"
         "     notify \"/x.sh\" bob ops extra\n"
         "                            ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " notify \"/x.sh\" bob :ops\n"
         " notify_master \"/x.sh\" bob :\n"
         " notify_stop \"/x.sh\" bob :o/s\n"
         "}\n",
         "t.conf:6:26: error: notify_stop: \":o/s\" is no name of a group; to give it to the "
         "program, put the whole command in double quotes\n"
         "     notify_stop \"/x.sh\" bob :o/s\n"
         "                             ^~~~\n"},
        {"global_defs {\n"
         " notify_fifo fifo\n"
         " vrrp_notify_fifo /x bad/name\n"
         "}\n",
         "t.conf:2:14: error: notify_fifo \"fifo\" must begin with a \"/\"; type the whole path\n"
         "     notify_fifo fifo\n"
         "                 ^~~~\n"
         "t.conf:3:22: error: vrrp_notify_fifo: \"bad/name\" is no name of a user\n"
         "     vrrp_notify_fifo /x bad/name\n"
         "                         ^~~~~~~~\n"},
        {"global_defs {\n"
         " startup_script '/x {a}' root\n"
         " shutdown_script\n"
         "}\n",
         "t.conf:3:2: error: shutdown_script needs an argument: shutdown_script \"COMMAND "
         "ARGUMENT...\" [USER [GROUP]]\n"
         "     shutdown_script\n"
         "     ^~~~~~~~~~~~~~~\n"},
        {"global_defs {\n"
         " umask 01000\n"
         "}\n",
         "t.conf:2:2: error: umask \"01000\" is neither a number up to 0777 nor bits such as "
         "IRWXG|IRWXO\n"
         "     umask 01000\n"
         "     ^~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_wrong_with_blocks_and_lines),
        cmocka_unit_test(test_what_is_wrong_with_values),
        cmocka_unit_test(test_what_is_wrong_with_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
