/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control sequences, by an allow-list: prefix, intermediates and final byte name a row, the row's rule looks at the
 * parameters.  Sources: ECMA-48, xterm's ctlseqs.txt, kitty's keyboard protocol.  Not in the table, each for what it
 * does: CSI i prints, CSI * y reads the screen as checksums, CSI " p changes how the terminal answers, CSI 5 n is our
 * own ping (terminal.c): were it passed, its answer could be taken for ours. */
#include "front/relay-csi.h"

#include <stdlib.h>
#include <string.h>

enum {
        PARAMETERS_MAX = 32,
        DIGITS_MAX = 5, /* of one number: a count above is an attack on the terminal's patience */
};

/* A sequence in its parts. */
typedef struct Csi {
        char prefix; /* one of "<=>?", or 0 */
        const char *parameters;
        size_t n_parameters;
        char intermediates[3];
        char final;
        unsigned first; /* first number; 0 where absent */
} Csi;

typedef void (*CsiRule)(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies);

static void pass(const Csi *csi, Buffer *out)
{
        buffer_add_text(out, "\033[");
        if (csi->prefix != 0)
                buffer_add_byte(out, csi->prefix);
        buffer_add(out, csi->parameters, csi->n_parameters);
        buffer_add_text(out, csi->intermediates);
        buffer_add_byte(out, csi->final);
}

static void rule_pass(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        (void)state, (void)replies;
        pass(csi, out);
}

static void rule_query(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        (void)replies;
        state->asked = true;
        pass(csi, out);
}

static void rule_attributes(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        (void)replies;
        state->attributes = csi->n_parameters > 0 && !(csi->n_parameters == 1 && csi->parameters[0] == '0');
        pass(csi, out);
}

static void rule_region(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        (void)replies;
        state->region = csi->n_parameters > 0;
        pass(csi, out);
}

/* CSI n: 6 asks for the cursor's place; 5 is answered here. */
static void rule_status(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        if (csi->first == 6 || (csi->first == 996 && csi->prefix == '?'))
                rule_query(state, csi, out, replies);
        else if (csi->first == 5 && csi->prefix == 0)
                buffer_add_text(replies, "\033[0n");
}

/* CSI h, l: 4 insert mode, 20 newline mode; not 2, which locks the keyboard. */
static void rule_ansi_mode(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        (void)state, (void)replies;
        if (csi->first == 4 || csi->first == 20)
                pass(csi, out);
}

/* CSI t: sizes may be asked for and titles kept and put back; windows are not moved, raised or resized, and a title is
 * never reported: it would come as typed text. */
static void rule_window(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        switch (csi->first) {
        case 14:
        case 16:
        case 18:
        case 19:
                rule_query(state, csi, out, replies);
                break;
        case 22:
        case 23:
                pass(csi, out);
                break;
        default:
                break;
        }
}

/* CSI ? h, l: each number by itself. */
static void rule_private_mode(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        const char *p = csi->parameters, *end = p + csi->n_parameters;

        (void)replies;
        while (p < end) {
                char *next = NULL;
                unsigned number = (unsigned)strtoul(p, &next, 10);

                if (next == p || (next < end && *next != ';'))
                        return;
                if (relay_modes_set(&state->modes, number, csi->final == 'h'))
                        buffer_printf(out, "\033[?%u%c", number, csi->final);
                p = next + 1;
        }
}

static void rule_cursor_style(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        (void)replies;
        state->cursor_style = csi->first != 0;
        pass(csi, out);
}

static void rule_modify_keys(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        (void)replies;
        state->modify_keys = memchr(csi->parameters, ';', csi->n_parameters) != NULL;
        pass(csi, out);
}

/* The kitty keyboard's stack: > pushes, < pops, = sets, ? asks. */
static void rule_kitty_keys(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        unsigned n = csi->first == 0 ? 1 : csi->first;

        if (csi->prefix == '?') {
                rule_query(state, csi, out, replies);
                return;
        }
        if (csi->prefix == '>' && state->kitty_pushed < 99)
                state->kitty_pushed++;
        if (csi->prefix == '<')
                state->kitty_pushed -= n > state->kitty_pushed ? state->kitty_pushed : n;
        if (csi->prefix == '=')
                state->kitty_set = csi->first != 0;
        pass(csi, out);
}

static void rule_soft_reset(RelayState *state, const Csi *csi, Buffer *out, Buffer *replies)
{
        (void)replies;
        state->attributes = state->charset = state->region = state->keypad = false;
        pass(csi, out);
}

static const struct CsiRow {
        char prefix;
        const char *intermediates, *finals;
        CsiRule rule;
} rows[] = {
        /* Characters, cursor, erasing, scrolling, tabs; s and u keep the cursor's place. */
        { 0, "", "@ABCDEFGHIJKLMPSTXZ`abdefgsu", rule_pass },
        { 0, "", "m", rule_attributes },
        { 0, "", "r", rule_region },
        { 0, "", "n", rule_status },
        { 0, "", "hl", rule_ansi_mode },
        { 0, "", "t", rule_window },
        { 0, "", "c", rule_query },  /* what are you? */
        { 0, "$", "p", rule_query }, /* is this mode set? */
        { 0, "!", "p", rule_soft_reset },
        { 0, " ", "q", rule_cursor_style },
        { 0, "\"", "q", rule_pass },   /* protected characters */
        { 0, "#", "{}pq", rule_pass }, /* keep and put back attributes */
        { '?', "", "hl", rule_private_mode },
        { '?', "", "JK", rule_pass },
        { '?', "", "n", rule_status },
        { '?', "", "c", rule_pass }, /* Linux console: the cursor's looks */
        { '?', "", "m", rule_query },
        { '?', "$", "p", rule_query },
        { '?', "", "u", rule_kitty_keys },
        { '>', "", "u", rule_kitty_keys },
        { '<', "", "u", rule_kitty_keys },
        { '=', "", "u", rule_kitty_keys },
        { '>', "", "cq", rule_query }, /* version */
        { '=', "", "c", rule_query },
        { '>', "", "m", rule_modify_keys },
        { '>', "", "n", rule_pass },
};

/* Digits, ';' and ':' only; none longer than DIGITS_MAX, not too many. */
static bool parameters_are_sane(const char *p, size_t n)
{
        size_t digits = 0, numbers = 0;

        for (size_t i = 0; i < n; i++) {
                bool digit = p[i] >= '0' && p[i] <= '9';

                if (!digit && p[i] != ';' && p[i] != ':')
                        return false;
                digits = digit ? digits + 1 : 0;
                numbers += digit ? 0 : 1;
                if (digits > DIGITS_MAX || numbers >= PARAMETERS_MAX)
                        return false;
        }
        return true;
}

static bool take_apart(Csi *csi, const char *sequence)
{
        size_t n;

        if (*sequence >= '<' && *sequence <= '?')
                csi->prefix = *sequence++;
        csi->parameters = sequence;
        csi->n_parameters = strspn(sequence, "0123456789;:");
        if (!parameters_are_sane(sequence, csi->n_parameters))
                return false;
        csi->first = (unsigned)strtoul(sequence, NULL, 10);
        sequence += csi->n_parameters;
        n = strcspn(sequence, "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");
        if (n >= sizeof csi->intermediates || sequence[n] == '\0' || sequence[n + 1] != '\0')
                return false;
        memcpy(csi->intermediates, sequence, n);
        csi->final = sequence[n];
        return true;
}

void relay_csi(RelayState *state, const char *untrusted_sequence, Buffer *out, Buffer *replies)
{
        Csi csi = { 0 };

        if (!take_apart(&csi, untrusted_sequence))
                return;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                if (rows[i].prefix == csi.prefix && strcmp(rows[i].intermediates, csi.intermediates) == 0 &&
                    strchr(rows[i].finals, csi.final) != NULL) {
                        rows[i].rule(state, &csi, out, replies);
                        return;
                }
        }
}
