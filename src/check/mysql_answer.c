/* SPDX-License-Identifier: Apache-2.0
 *
 * What the answers of a MySQL or MariaDB server mean.
 */
#include "check/mysql_answer.h"

#include <ctype.h>
#include <stdbool.h>

enum { ANSWER_SHOWN = VERDICT_TEXT_SIZE - 16 }; /* bytes of a server's text: room for its number */

struct verdict mysql_answer_error(unsigned number, const char *text)
{
    /* Its texts are sentences; "Access denied" becomes ours, "SSL is needed" stays. */
    bool sentence = isupper((unsigned char)text[0]) && islower((unsigned char)text[1]);
    int first = sentence ? tolower((unsigned char)text[0]) : (unsigned char)text[0];

    if (!*text) {
        return verdict_of(VERDICT_ANSWER, "error %u", number);
    }
    return verdict_of(VERDICT_ANSWER, "%c%.*s (%u)", first, ANSWER_SHOWN, text + 1, number);
}
