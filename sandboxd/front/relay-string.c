/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control strings (OSC, DCS): the few that may pass, rebuilt from checked parts.  All others are dropped by not being
 * here: 7 (directory of new windows), 9 and 777 (notifications; but progress), 52 (clipboard), 133 and 633 (prompt
 * marks), 1337 (file transfer), tmux pass-through, sixel, user-defined keys. */
#include "front/relay-string.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

enum { TITLE_MAX = 200 }; /* bytes */

static bool is_of(const char *text, const char *set)
{
        return text[strspn(text, set)] == '\0';
}

static void put(Buffer *out, const char *command, const char *text)
{
        buffer_printf(out, "\033]%s%s\033\\", command, text);
}

/* A title, an icon's name or both.  The terminal's own title is kept first, so that it can be put back. */
static void osc_title(RelayState *state, const char *command, const char *text, Buffer *out)
{
        CLEANUP(buffer_clear) Buffer clean = BUFFER_INIT;
        size_t n;

        buffer_add_escaped(&clean, text);
        if (buffer_text(&clean) == NULL)
                return;
        n = clean.n;
        if (n > TITLE_MAX) {
                n = TITLE_MAX;
                while (n > 0 && ((unsigned char)clean.bytes[n] & 0xc0) == 0x80)
                        n--;
                clean.bytes[n] = '\0';
        }
        if (!state->title)
                buffer_add_text(out, "\033[22;0t");
        state->title = true;
        put(out, command, clean.bytes);
}

static void osc_link(RelayState *state, const char *command, const char *text, Buffer *out)
{
        static const char *const schemes[] = { "http://", "https://", "mailto:" };
        const char *address = strchr(text, ';');

        if (address == NULL)
                return;
        address++;
        if (*address == '\0') {
                state->link = false;
                put(out, command, ";");
                return;
        }
        /* Printable ASCII without blanks: anything else belongs percent-encoded (RFC 3986). */
        for (const char *p = text; *p != '\0'; p++)
                if (*p <= ' ' || *p >= 0x7f)
                        return;
        for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
                if (strncasecmp(address, schemes[i], strlen(schemes[i])) == 0) {
                        state->link = true;
                        put(out, command, text);
                        return;
                }
        }
}

/* "INDEX;COLOUR;..." or "COLOUR": "?" asks. */
static void osc_colour(RelayState *state, const char *command, const char *text, Buffer *out)
{
        unsigned long number = strtoul(command, NULL, 10);

        if (!is_of(text, DIGITS LETTERS "#:/;?.-") || *text == '\0')
                return;
        if (strchr(text, '?') != NULL)
                state->asked = true;
        state->palette = state->palette || number == 4;
        state->foreground = state->foreground || number == 10;
        state->background = state->background || number == 11;
        state->cursor_colour = state->cursor_colour || number == 12;
        put(out, command, text);
}

static void osc_colour_reset(RelayState *state, const char *command, const char *text, Buffer *out)
{
        (void)state;
        /* "104;INDEX;...", or the command alone. */
        if (strchr(command, ';') != NULL ? is_of(text, DIGITS ";") : *text == '\0')
                put(out, command, text);
}

static void osc_pointer(RelayState *state, const char *command, const char *text, Buffer *out)
{
        if (strlen(text) > 32 || !is_of(text, LETTERS "-_"))
                return;
        state->pointer = *text != '\0';
        put(out, command, text);
}

/* OSC 9;4;STATE;PERCENT: progress. */
static void osc_progress(RelayState *state, const char *command, const char *text, Buffer *out)
{
        (void)state;
        if (strncmp(text, "4;", 2) == 0 && strlen(text) < 16 && is_of(text, DIGITS ";"))
                put(out, command, text);
}

static const struct OscRow {
        const char *command;
        void (*rule)(RelayState *state, const char *command, const char *text, Buffer *out);
} rows[] = {
        { "0;", osc_title },         { "1;", osc_title },          { "2;", osc_title },
        { "4;", osc_colour },        { "8;", osc_link },           { "9;", osc_progress },
        { "10;", osc_colour },       { "11;", osc_colour },        { "12;", osc_colour },
        { "22;", osc_pointer },      { "104;", osc_colour_reset }, { "104", osc_colour_reset },
        { "110", osc_colour_reset }, { "111", osc_colour_reset },  { "112", osc_colour_reset },
};

void relay_osc(RelayState *state, const char *untrusted_text, Buffer *out)
{
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                size_t n = strlen(rows[i].command);

                if (strncmp(untrusted_text, rows[i].command, n) == 0) {
                        rows[i].rule(state, rows[i].command, untrusted_text + n, out);
                        return;
                }
        }
}

/* Queries whose answers quote nothing but what they name: terminfo capabilities in hexadecimal (XTGETTCAP), and four
 * settings (DECRQSS); then the older marks of synchronised output. */
void relay_dcs(RelayState *state, const char *untrusted_text, Buffer *out)
{
        static const char *const exact[] = { "$qm", "$q q", "$qr", "=1s", "=2s" };
        bool capability = strncmp(untrusted_text, "+q", 2) == 0 && strlen(untrusted_text) <= 256 &&
                          is_of(untrusted_text + 2, DIGITS "ABCDEFabcdef;");
        bool known = capability;

        for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
                known = known || strcmp(untrusted_text, exact[i]) == 0;
        if (!known)
                return;
        state->asked = state->asked || untrusted_text[0] != '=';
        buffer_printf(out, "\033P%s\033\\", untrusted_text);
}
