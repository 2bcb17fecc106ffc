/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/message.h"

/* AuditRecord - one thing that a mediator decided, as one line of JSON (docs/theory/audit.md).  A mediator fills what
 * it knows and sends it as an `audit` message; the front end adds the stamp and writes the line. */

enum {
        AUDIT_VERSION = 1,
        AUDIT_TEXT_MAX_BYTES = 1024, /* one text is cut there, at a character's end */
        AUDIT_LINE_MAX = 64 * 1024,  /* every byte escaped, with room */
};

typedef enum AuditEvent {
        AUDIT_EVENT_NONE, /* no record */
        AUDIT_EVENT_NET,
        AUDIT_EVENT_FILE,
        AUDIT_EVENT_EXEC,
        AUDIT_EVENT_DBUS,
        AUDIT_EVENT_X,
        AUDIT_EVENT_SOCK,
        AUDIT_EVENT_ASK,
        AUDIT_EVENT_LIMIT,
        AUDIT_EVENT_TRIGGER,
        AUDIT_EVENT_SESSION,
        _AUDIT_EVENT_MAX,
} AuditEvent;

typedef enum AuditVerdict {
        AUDIT_VERDICT_NONE, /* nothing was decided: a session event */
        AUDIT_VERDICT_ALLOW,
        AUDIT_VERDICT_DENY,
        AUDIT_VERDICT_ASK,
        _AUDIT_VERDICT_MAX,
} AuditVerdict;

/* How far what the record says can be believed. */
typedef enum AuditTrust {
        AUDIT_TRUST_SUPERVISOR, /* a part of ours saw it */
        AUDIT_TRUST_KERNEL,
        AUDIT_TRUST_HINT, /* the app could have made it up */
        _AUDIT_TRUST_MAX,
} AuditTrust;

typedef enum AuditText {
        AUDIT_OP,  /* "connect", "call", "own", "signal", ... */
        AUDIT_VIA, /* "transparent", "socks5", "session-bus", ... */
        AUDIT_HOST,
        AUDIT_IP,
        AUDIT_PATH,   /* file, or D-Bus object */
        AUDIT_ACCESS, /* "read", "write", ... */
        AUDIT_NAME,   /* D-Bus name that was meant */
        AUDIT_MEMBER, /* INTERFACE.MEMBER */
        AUDIT_BY,     /* the rule that decided, "user:once", "default" */
        AUDIT_MEND,   /* what would allow it: a line of a profile or a command */
        AUDIT_EXE,
        AUDIT_CMD,
        _AUDIT_TEXT_MAX,
} AuditText;

typedef enum AuditNumber {
        AUDIT_PORT,
        AUDIT_PID,
        AUDIT_N, /* how many times: repeats are folded */
        AUDIT_BYTES_IN,
        AUDIT_BYTES_OUT,
        _AUDIT_NUMBER_MAX,
} AuditNumber;

typedef struct AuditRecord {
        AuditEvent event;
        AuditVerdict verdict;
        AuditTrust trust;
        const char *text[_AUDIT_TEXT_MAX]; /* borrowed, or of `owned`; NULL: absent */
        int64_t number[_AUDIT_NUMBER_MAX]; /* 0: absent; AUDIT_N: 1 */
        char *owned;                       /* of a parsed record: see audit_record_clear() */
} AuditRecord;

/* What the writer of the log adds. */
typedef struct AuditStamp {
        uint64_t seq;
        int64_t time_us;     /* microseconds since 1970, UTC */
        const char *sid;     /* the instance's id */
        const char *profile; /* or NULL */
} AuditStamp;

const char *audit_event_word(AuditEvent event);
const char *audit_verdict_word(AuditVerdict verdict); /* NULL for NONE */

/* One line with its newline. */
void audit_record_print(const AuditRecord *record, const AuditStamp *stamp, Buffer *ret_line);

/* A line as printed, with or without its newline; strings unescaped.  Unknown keys are skipped.  stamp's strings are
 * of record->owned.  0, -EINVAL or -ENOMEM. */
int audit_record_parse(AuditRecord *ret_record, AuditStamp *ret_stamp, const char *untrusted_line, size_t n);

/* The record as an `audit` message and back; NULL when out of memory.  Texts of a read one are the message's. */
Message *audit_record_to_message(const AuditRecord *record);
/* 0, or -EINVAL for an unknown event or verdict. */
int audit_record_from_message(AuditRecord *ret_record, const Message *untrusted);

/* The same but for pid, n and bytes: one is the other's repeat. */
bool audit_record_equals(const AuditRecord *a, const AuditRecord *b);

/* Frees what parse allocated. */
void audit_record_clear(AuditRecord *record);
