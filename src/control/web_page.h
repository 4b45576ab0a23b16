/* SPDX-License-Identifier: Apache-2.0
 *
 * The page, as make has put it together from src/control/page.
 */
#ifndef HOLDFAST_CONTROL_WEB_PAGE_H
#define HOLDFAST_CONTROL_WEB_PAGE_H

/* HTML with one <style> and one <script> in it. */
extern const char web_page[];

#endif
