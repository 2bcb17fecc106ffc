/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "wire/header.h"

/* Guard - messages that are not as harmless as the rule that lets them pass: their arguments speak of what belongs to
 * other programs, or what answers them would write files that start a program without its box. */
typedef enum GuardKind {
        GUARD_NONE,
        GUARD_REFUSE,     /* never passes */
        GUARD_NOTIFY,     /* a notification, which may take another's place */
        GUARD_CLOSE,      /* ... ends */
        GUARD_BACKGROUND, /* to be started with the session: answered in the portal's place, without that */
        GUARD_LAUNCHER,   /* a launcher is to be written: answered in the portal's place, as if the person would not */
        GUARD_ADDRESS,    /* where the accessibility bus is: answered with the filter's own */
        _GUARD_KIND_MAX,
} GuardKind;

GuardKind guard_of_call(const WireHeader *header);
/* Does this signal tell of one notification, whose number is its first argument?  *ret_closes: of its end. */
bool guard_is_notice(const WireHeader *header, bool *ret_closes);
/* Of a message's body, the bytes that must be there. */
size_t guard_needs_body(const WireHeader *header);
