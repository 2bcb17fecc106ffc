/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/* Ledger - what the daemon writes down, and asks a person (docs/theory/messages.md, "Mediator ↔ front end"). */
typedef struct Ledger Ledger;

/* mediator: SOCK_SEQPACKET, or -1: nothing is written, and every question is answered with no. */
Ledger *ledger_new(int mediator);
void ledger_free(Ledger *ledger);
DEFINE_CLEANUP(Ledger, ledger_free)

int ledger_socket(const Ledger *ledger);

/* One line: op ("clipboard", "popup" ...), via ("to-app" ...), both of ours; the bytes that went, or 0; what would
 * allow what was denied, or NULL. */
void ledger_note(
        Ledger *ledger, const char *op, const char *via, bool allowed, int64_t bytes, const char *mend, int64_t now_ms);

typedef enum LedgerAnswer {
        LEDGER_ASKED, /* ledger_receive() will tell */
        LEDGER_YES,   /* it was answered for the session before */
        LEDGER_NO,
} LedgerAnswer;

/* subject is ours, and what an answer for the session holds for; summary is escaped text.  *ret_seq with LEDGER_ASKED.
 */
LedgerAnswer ledger_ask(Ledger *ledger, const char *subject, const char *summary, const char *rule, uint64_t *ret_seq);
/* 1: the answer to *ret_seq; 0: none now. */
int ledger_receive(Ledger *ledger, uint64_t *ret_seq, bool *ret_allow);
