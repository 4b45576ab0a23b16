/* SPDX-License-Identifier: Apache-2.0
 *
 * The writers of single rows, named by the schema: what stands behind a keyword, made from the
 * structure that its reader filled. Each is a schema_writer.
 */
#ifndef HOLDFAST_PARSER_FACTS_WRITE_H
#define HOLDFAST_PARSER_FACTS_WRITE_H

#include "parser/schema.h"

bool facts_write_pace(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_extra_garp(const void *object, const struct schema_row *row,
                            struct text_buffer *out);
bool facts_write_pointer(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_smtp_server(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_recipients(const void *object, const struct schema_row *row,
                            struct text_buffer *out);
bool facts_write_http_listen(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_http_host(const void *object, const struct schema_row *row,
                           struct text_buffer *out);
bool facts_write_fifo(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_notify_deleted(const void *object, const struct schema_row *row,
                                struct text_buffer *out);
bool facts_write_process(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_param_match(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_process_weight(const void *object, const struct schema_row *row,
                                struct text_buffer *out);
bool facts_write_quorum(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_quorum_max(const void *object, const struct schema_row *row,
                            struct text_buffer *out);
bool facts_write_file_weight(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_payload(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_require_reply(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_bfd_neighbor(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_bfd_address(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_bfd_weight(const void *object, const struct schema_row *row,
                            struct text_buffer *out);
bool facts_write_milliseconds(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_init_file(const void *object, const struct schema_row *row,
                           struct text_buffer *out);
bool facts_write_nonzero(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_umask(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_nice(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_auto_priority(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_cpus(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_nft_priority(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_nftables(const void *object, const struct schema_row *row,
                          struct text_buffer *out);
bool facts_write_interface(const void *object, const struct schema_row *row,
                           struct text_buffer *out);
bool facts_write_mcast_source(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_unicast_source(const void *object, const struct schema_row *row,
                                struct text_buffer *out);
bool facts_write_address(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_connect_ip(const void *object, const struct schema_row *row,
                            struct text_buffer *out);
bool facts_write_late_priority(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_vmac(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_ipvlan(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_reload_file(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_sync_daemon(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_old_checksum(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_receive_policy(const void *object, const struct schema_row *row,
                                struct text_buffer *out);
bool facts_write_receive_buffer(const void *object, const struct schema_row *row,
                                struct text_buffer *out);
bool facts_write_flush_on_stop(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_timeouts(const void *object, const struct schema_row *row,
                          struct text_buffer *out);
bool facts_write_script_weight(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_file_check_weight(const void *object, const struct schema_row *row,
                                   struct text_buffer *out);
bool facts_write_agent_send(const void *object, const struct schema_row *row,
                            struct text_buffer *out);
bool facts_write_misc_timeout(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_scheduler(const void *object, const struct schema_row *row,
                           struct text_buffer *out);
bool facts_write_scheduler_flag(const void *object, const struct schema_row *row,
                                struct text_buffer *out);
bool facts_write_ops(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_service_forward(const void *object, const struct schema_row *row,
                                 struct text_buffer *out);
bool facts_write_server_forward(const void *object, const struct schema_row *row,
                                struct text_buffer *out);
bool facts_write_protocol(const void *object, const struct schema_row *row,
                          struct text_buffer *out);
bool facts_write_family(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_persistence(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_granularity(const void *object, const struct schema_row *row,
                             struct text_buffer *out);
bool facts_write_sorry(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_sorry_forward(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_retry(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_rise(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_check_weight(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_service_drain(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_server_drain(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_slow_start(const void *object, const struct schema_row *row,
                            struct text_buffer *out);
bool facts_write_local_address(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_announce_when(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_min_healthy(const void *object, const struct schema_row *row,
                             struct text_buffer *out);

bool facts_write_sni_name(const void *object, const struct schema_row *row,
                          struct text_buffer *out);
bool facts_write_verify(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_digest(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_statuses(const void *object, const struct schema_row *row,
                          struct text_buffer *out);
bool facts_write_regex(const void *object, const struct schema_row *row, struct text_buffer *out);
bool facts_write_regex_options(const void *object, const struct schema_row *row,
                               struct text_buffer *out);
bool facts_write_regex_max_offset(const void *object, const struct schema_row *row,
                                  struct text_buffer *out);
bool facts_write_regex_stack(const void *object, const struct schema_row *row,
                             struct text_buffer *out);

/** Appends `ADDRESS [PORT]`; a port of 0 is left out. */
void facts_write_endpoint(const struct inet_addr *addr, uint16_t port, struct text_buffer *out);

/** Appends a command as one word in double quotes, then its user and group where it has them. */
void facts_write_script(const struct conf_script *script, bool user, struct text_buffer *out);

bool facts_write_mysql_password(const void *object, const struct schema_row *row,
                                struct text_buffer *out);
bool facts_write_mysql_expect(const void *object, const struct schema_row *row,
                              struct text_buffer *out);
bool facts_write_mysql_read_only(const void *object, const struct schema_row *row,
                                 struct text_buffer *out);
bool facts_write_mysql_lag_weight(const void *object, const struct schema_row *row,
                                  struct text_buffer *out);
bool facts_write_mysql_galera(const void *object, const struct schema_row *row,
                              struct text_buffer *out);

#endif
