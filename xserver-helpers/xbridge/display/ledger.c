/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "display/ledger.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/bucket.h"
#include "base/message.h"

enum {
        PER_SECOND = 10, /* lines; the front end folds those that are equal */
        BURST = 50,
        QUESTIONS = 4,
        REMEMBERED = 8, /* two selections, two ways each */
        WAIT_MS = 20 * 1000,
};

typedef struct Asked {
        uint64_t seq; /* 0: free */
        char subject[64];
} Asked;

typedef struct Remembered {
        char subject[64];
        bool allow;
} Remembered;

struct Ledger {
        int mediator;
        Bucket lines;
        uint64_t last_seq;
        Asked asked[QUESTIONS];
        Remembered remembered[REMEMBERED];
        size_t n_remembered;
};

Ledger *ledger_new(int mediator)
{
        Ledger *ledger = calloc(1, sizeof *ledger);

        if (ledger == NULL)
                return NULL;
        ledger->mediator = mediator;
        ledger->lines = bucket_full(PER_SECOND, BURST);
        /* Whoever reads it slowly does not stop the display. */
        if (mediator >= 0)
                (void)fcntl(mediator, F_SETFL, fcntl(mediator, F_GETFL) | O_NONBLOCK);
        return ledger;
}

void ledger_free(Ledger *ledger)
{
        free(ledger);
}

int ledger_socket(const Ledger *ledger)
{
        return ledger->mediator;
}

void ledger_note(
        Ledger *ledger, const char *op, const char *via, bool allowed, int64_t bytes, const char *mend, int64_t now_ms)
{
        CLEANUP(message_freep) Message *message = NULL;
        AuditRecord record = { .event = AUDIT_EVENT_X,
                               .verdict = allowed ? AUDIT_VERDICT_ALLOW : AUDIT_VERDICT_DENY,
                               .trust = AUDIT_TRUST_SUPERVISOR,
                               .text = { [AUDIT_OP] = op, [AUDIT_VIA] = via, [AUDIT_MEND] = mend } };

        if (ledger->mediator < 0 || !bucket_take(&ledger->lines, now_ms))
                return;
        record.number[AUDIT_BYTES_IN] = strcmp(via, "to-app") == 0 ? bytes : 0;
        record.number[AUDIT_BYTES_OUT] = strcmp(via, "to-app") == 0 ? 0 : bytes;
        message = audit_record_to_message(&record);
        if (message != NULL)
                (void)message_send(ledger->mediator, message, NULL, 0);
}

LedgerAnswer ledger_ask(Ledger *ledger, const char *subject, const char *summary, const char *rule, uint64_t *ret_seq)
{
        CLEANUP(message_freep) Message *message = NULL;
        Asked *asked = NULL;

        for (size_t i = 0; i < ledger->n_remembered; i++)
                if (strcmp(ledger->remembered[i].subject, subject) == 0)
                        return ledger->remembered[i].allow ? LEDGER_YES : LEDGER_NO;
        for (size_t i = 0; i < QUESTIONS && asked == NULL; i++)
                if (ledger->asked[i].seq == 0)
                        asked = &ledger->asked[i];
        message = message_new("ask");
        if (ledger->mediator < 0 || asked == NULL || message == NULL || strlen(subject) >= sizeof asked->subject)
                return LEDGER_NO;
        message_add_number(message, "seq", (int64_t)(ledger->last_seq + 1));
        message_add(message, "kind", "x");
        message_add(message, "subject", subject);
        message_add(message, "summary", summary);
        message_add(message, "rule", rule);
        message_add_number(message, "timeout-ms", WAIT_MS);
        if (message_send(ledger->mediator, message, NULL, 0) < 0)
                return LEDGER_NO;
        asked->seq = *ret_seq = ++ledger->last_seq;
        memcpy(asked->subject, subject, strlen(subject) + 1);
        return LEDGER_ASKED;
}

static void remember(Ledger *ledger, const char *subject, bool allow, const char *scope)
{
        Remembered *remembered = &ledger->remembered[ledger->n_remembered];

        if (scope == NULL || strcmp(scope, "once") == 0 || ledger->n_remembered == REMEMBERED)
                return;
        memcpy(remembered->subject, subject, sizeof remembered->subject);
        remembered->allow = allow;
        ledger->n_remembered++;
}

int ledger_receive(Ledger *ledger, uint64_t *ret_seq, bool *ret_allow)
{
        while (ledger->mediator >= 0) {
                CLEANUP(message_freep) Message *message = NULL;
                int r = message_receive(ledger->mediator, &message, NULL, NULL, NULL);
                const char *verdict = NULL;

                if (r == 0)
                        ledger->mediator = -1; /* the front end is gone, and soon we are */
                if (r <= 0)
                        return 0;
                if (strcmp(message_verb(message), "answer") != 0)
                        continue;
                *ret_seq = (uint64_t)message_get_number(message, "seq", 0);
                verdict = message_get(message, "verdict");
                *ret_allow = verdict != NULL && strcmp(verdict, "allow") == 0;
                for (size_t i = 0; i < QUESTIONS; i++)
                        if (*ret_seq != 0 && ledger->asked[i].seq == *ret_seq) {
                                remember(ledger, ledger->asked[i].subject, *ret_allow, message_get(message, "scope"));
                                ledger->asked[i].seq = 0;
                                return 1;
                        }
        }
        return 0;
}
