/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words and names of audit records. */
#include "audit/fields.h"

#include <string.h>

#define N_OF(table) (sizeof(table) / sizeof *(table))

static const char *const event_words[] = {
        [AUDIT_EVENT_NONE] = NULL,         [AUDIT_EVENT_NET] = "net",         [AUDIT_EVENT_FILE] = "file",
        [AUDIT_EVENT_EXEC] = "exec",       [AUDIT_EVENT_DBUS] = "dbus",       [AUDIT_EVENT_X] = "x",
        [AUDIT_EVENT_SOCK] = "sock",       [AUDIT_EVENT_ASK] = "ask",         [AUDIT_EVENT_LIMIT] = "limit",
        [AUDIT_EVENT_TRIGGER] = "trigger", [AUDIT_EVENT_SESSION] = "session",
};
_Static_assert(N_OF(event_words) == _AUDIT_EVENT_MAX, "a word is missing");

static const char *const verdict_words[] = {
        [AUDIT_VERDICT_NONE] = NULL,
        [AUDIT_VERDICT_ALLOW] = "allow",
        [AUDIT_VERDICT_DENY] = "deny",
        [AUDIT_VERDICT_ASK] = "ask",
};
_Static_assert(N_OF(verdict_words) == _AUDIT_VERDICT_MAX, "a word is missing");

static const char *const trust_words[] = {
        [AUDIT_TRUST_SUPERVISOR] = "supervisor",
        [AUDIT_TRUST_KERNEL] = "kernel",
        [AUDIT_TRUST_HINT] = "hint",
};
_Static_assert(N_OF(trust_words) == _AUDIT_TRUST_MAX, "a word is missing");

static const char *const text_names[] = {
        [AUDIT_OP] = "op",     [AUDIT_VIA] = "via",       [AUDIT_HOST] = "host", [AUDIT_IP] = "ip",
        [AUDIT_PATH] = "path", [AUDIT_ACCESS] = "access", [AUDIT_NAME] = "name", [AUDIT_MEMBER] = "member",
        [AUDIT_BY] = "by",     [AUDIT_MEND] = "mend",     [AUDIT_EXE] = "exe",   [AUDIT_CMD] = "cmd",
};
_Static_assert(N_OF(text_names) == _AUDIT_TEXT_MAX, "a name is missing");

static const char *const number_names[] = {
        [AUDIT_PORT] = "port",           [AUDIT_PID] = "pid", [AUDIT_N] = "n", [AUDIT_BYTES_IN] = "bytes_in",
        [AUDIT_BYTES_OUT] = "bytes_out",
};
_Static_assert(N_OF(number_names) == _AUDIT_NUMBER_MAX, "a name is missing");

/* Index of the word, or n_words. */
static size_t find(const char *const *words, size_t n_words, const char *word, size_t n)
{
        for (size_t i = 0; i < n_words; i++)
                if (words[i] != NULL && strlen(words[i]) == n && memcmp(words[i], word, n) == 0)
                        return i;
        return n_words;
}

const char *audit_event_word(AuditEvent event)
{
        return event < _AUDIT_EVENT_MAX ? event_words[event] : NULL;
}

const char *audit_verdict_word(AuditVerdict verdict)
{
        return verdict < _AUDIT_VERDICT_MAX ? verdict_words[verdict] : NULL;
}

const char *audit_trust_word(AuditTrust trust)
{
        return trust < _AUDIT_TRUST_MAX ? trust_words[trust] : NULL;
}

const char *audit_text_name(AuditText text)
{
        return text_names[text];
}

const char *audit_number_name(AuditNumber number)
{
        return number_names[number];
}

AuditEvent audit_event_parse(const char *word, size_t n)
{
        return (AuditEvent)find(event_words, N_OF(event_words), word, n);
}

AuditVerdict audit_verdict_parse(const char *word, size_t n)
{
        return (AuditVerdict)find(verdict_words, N_OF(verdict_words), word, n);
}

AuditTrust audit_trust_parse(const char *word, size_t n)
{
        return (AuditTrust)find(trust_words, N_OF(trust_words), word, n);
}
