/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the web page's document, each made of what the status document has. Pure; for web_view.c.
 */
#ifndef HOLDFAST_CONTROL_WEB_VIEW_ROWS_H
#define HOLDFAST_CONTROL_WEB_VIEW_ROWS_H

#include <jansson.h>
#include <stddef.h>

/** What tells a row from others: its members `name` and `family`, which are its first; new. */
json_t *web_row_key(const json_t *row);

/** The member `head`; new. */
json_t *web_row_head(const json_t *status, const char *name);

/** The member `troubles`: what healthy says, so that the page is of no other opinion; new. */
json_t *web_row_troubles(const json_t *status);

/** The member `by_hand`: what operators asked for and is told at no instance and no server; new. */
json_t *web_row_by_hand(const json_t *status, size_t most);

/** A VRRP instance; new. Nothing in it changes while nothing happens. */
json_t *web_row_instance(const json_t *instance);

/** A virtual service with its servers; new, likewise. */
json_t *web_row_service(const json_t *service);

/** The member `numbers`; new. @param most  with more servers than this none is told by itself */
json_t *web_row_numbers(const json_t *services, size_t most);

#endif
