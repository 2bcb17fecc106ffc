/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Match rules, with the quoting of the reference implementation: outside quotes \' is an apostrophe and every other
 * backslash itself; inside quotes all is itself up to the next apostrophe; blanks are skipped before a key and before
 * its equals sign, nowhere else. */
#include "wire/match-rule.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "ids/bus-name.h"

typedef enum Form {
        FORM_ANY,
        FORM_TYPE,
        FORM_NAME,
        FORM_INTERFACE,
        FORM_MEMBER,
        FORM_PATH,
} Form;

static const struct Key {
        const char *word;
        Form form;
} keys[] = {
        { "type", FORM_TYPE },           { "sender", FORM_NAME },       { "destination", FORM_NAME },
        { "interface", FORM_INTERFACE }, { "member", FORM_MEMBER },     { "path", FORM_PATH },
        { "path_namespace", FORM_PATH }, { "arg0namespace", FORM_ANY },
};

enum {
        N_KEYS = sizeof keys / sizeof *keys,
        MAX_ARG = 63, /* specification, "Match Rules" */
};

/* Which keys stood already: a bit for each of the table, and for arg0 to arg63 (argN and argNpath share one). */
typedef struct Seen {
        unsigned keys;
        uint64_t args;
} Seen;

static bool is_white(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_type(const char *value, size_t n)
{
        static const char *const words[] = { "signal", "method_call", "method_return", "error" };

        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (n == strlen(words[i]) && memcmp(value, words[i], n) == 0)
                        return true;
        return false;
}

static bool has_form(Form form, const char *value, size_t n)
{
        switch (form) {
        case FORM_TYPE:
                return is_type(value, n);
        case FORM_NAME:
                return bus_name_is_well_known(value, n) || bus_name_is_unique(value, n);
        case FORM_INTERFACE:
                return bus_interface_is_valid(value, n);
        case FORM_MEMBER:
                return bus_member_is_valid(value, n);
        case FORM_PATH:
                return bus_path_is_valid(value, n);
        case FORM_ANY:
        default:
                return true;
        }
}

/* "arg0" to "arg63", "arg0path" to "arg63path"; -1: another key. */
static int arg_of(const char *key, size_t n)
{
        int number = 0;
        size_t i = 3;

        if (n < 4 || memcmp(key, "arg", 3) != 0)
                return -1;
        while (i < n && i < 5 && key[i] >= '0' && key[i] <= '9')
                number = number * 10 + (key[i++] - '0');
        if (i == 3 || number > MAX_ARG || (key[3] == '0' && i > 4))
                return -1;
        return i == n || (n - i == 4 && memcmp(key + i, "path", 4) == 0) ? number : -1;
}

/* Notes the key and says what form its value has.  0, or a code. */
static int take_key(Seen *seen, Form *ret_form, const char *key, size_t n)
{
        const unsigned paths = 1u << 5 | 1u << 6;
        int arg = arg_of(key, n);
        size_t i = 0;

        if (n == strlen("eavesdrop") && memcmp(key, "eavesdrop", n) == 0)
                return MATCH_RULE_EAVESDROP;
        if (arg >= 0) {
                *ret_form = FORM_ANY;
                if ((seen->args >> arg & 1) != 0)
                        return MATCH_RULE_DUPLICATE;
                seen->args |= UINT64_C(1) << arg;
                return 0;
        }
        while (i < N_KEYS && !(strlen(keys[i].word) == n && memcmp(keys[i].word, key, n) == 0))
                i++;
        if (i == N_KEYS)
                return MATCH_RULE_BAD_KEY;
        if ((seen->keys & 1u << i) != 0 || ((1u << i & paths) != 0 && (seen->keys & paths) != 0))
                return MATCH_RULE_DUPLICATE;
        seen->keys |= 1u << i;
        *ret_form = keys[i].form;
        return 0;
}

/* Adds the value to *value, unquoted; *p is set behind its comma, or to the end.  false: a quote has no end. */
static bool read_value(const char **p, Buffer *value)
{
        const char *at = *p;

        while (*at != '\0' && *at != ',') {
                if (*at == '\'') {
                        const char *end = strchr(at + 1, '\'');

                        if (end == NULL)
                                return false;
                        buffer_add(value, at + 1, (size_t)(end - at - 1));
                        at = end + 1;
                } else {
                        at += at[0] == '\\' && at[1] == '\'';
                        buffer_add_byte(value, *at++);
                }
        }
        *p = at + (*at == ',');
        return true;
}

static void write_pair(Buffer *text, const char *key, size_t n_key, const Buffer *value)
{
        if (text->n > 0)
                buffer_add_byte(text, ',');
        buffer_add(text, key, n_key);
        buffer_add_text(text, "='");
        for (size_t i = 0; i < value->n; i++) {
                if (value->bytes[i] == '\'')
                        buffer_add_text(text, "'\\''");
                else
                        buffer_add_byte(text, value->bytes[i]);
        }
        buffer_add_byte(text, '\'');
}

/* One key=value at *p, which is set behind it. */
static int rewrite_pair(Buffer *text, ParseError *ret_error, const char *rule, const char **p, Seen *seen)
{
        CLEANUP(buffer_clear) Buffer value = BUFFER_INIT;
        const char *key = *p, *at = *p;
        size_t n_key = 0;
        Form form = FORM_ANY;
        int code = 0;

        while (*at != '\0' && *at != '=' && !is_white(*at))
                at++;
        n_key = (size_t)(at - key);
        while (is_white(*at))
                at++;
        code = *at == '=' ? take_key(seen, &form, key, n_key) : MATCH_RULE_BAD_KEY;
        if (code != 0)
                return parse_error_set(ret_error, (size_t)(key - rule), code);
        *p = ++at;
        if (!read_value(p, &value) || !has_form(form, value.n > 0 ? value.bytes : "", value.n))
                return parse_error_set(ret_error, (size_t)(at - rule), MATCH_RULE_BAD_VALUE);
        write_pair(text, key, n_key, &value);
        text->failed |= value.failed;
        return 0;
}

int match_rule_rewrite(Buffer *text, ParseError *ret_error, const char *untrusted_rule)
{
        CLEANUP(buffer_clear) Buffer rewritten = BUFFER_INIT;
        const char *p = untrusted_rule;
        Seen seen = { 0 };

        if (strlen(p) > MATCH_RULE_MAX)
                return parse_error_set(ret_error, MATCH_RULE_MAX, MATCH_RULE_TOO_LONG);
        for (;;) {
                int code;

                while (is_white(*p))
                        p++;
                if (*p == '\0')
                        break;
                code = rewrite_pair(&rewritten, ret_error, untrusted_rule, &p, &seen);
                if (code != 0)
                        return code;
        }
        buffer_add(text, rewritten.n > 0 ? rewritten.bytes : "", rewritten.n);
        text->failed |= rewritten.failed;
        return 0;
}

/* One pair of a rule in our spelling; *p is set behind it.  The key's length. */
static size_t next_pair(const char **p, Buffer *value)
{
        size_t n_key = strcspn(*p, "=");

        *p += n_key + ((*p)[n_key] == '=');
        (void)read_value(p, value);
        return n_key;
}

bool match_rule_get(const char *rule, const char *key, Buffer *value)
{
        for (const char *p = rule; *p != '\0';) {
                CLEANUP(buffer_clear) Buffer found = BUFFER_INIT;
                const char *start = p;
                size_t n_key = next_pair(&p, &found);

                if (strlen(key) != n_key || strncmp(start, key, n_key) != 0)
                        continue;
                buffer_add(value, found.n > 0 ? found.bytes : "", found.n);
                value->failed |= found.failed;
                return true;
        }
        return false;
}

void match_rule_set(Buffer *text, const char *rule, const char *key, const char *value)
{
        for (const char *p = rule; *p != '\0';) {
                CLEANUP(buffer_clear) Buffer found = BUFFER_INIT;
                const char *start = p;
                size_t n_key = next_pair(&p, &found);

                if (strlen(key) == n_key && strncmp(start, key, n_key) == 0) {
                        found.n = 0;
                        buffer_add_text(&found, value);
                }
                write_pair(text, start, n_key, &found);
                text->failed |= found.failed;
        }
}
