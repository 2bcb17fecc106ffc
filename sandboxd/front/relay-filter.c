/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The relay's parser: the states of ECMA-48 (as in Paul Williams' diagram for VT500), but a sequence is gathered whole
 * before anything of it goes out.  What a sequence may do is decided in relay-csi.c and relay-string.c. */
#include "front/relay-filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "front/relay-csi.h"
#include "front/relay-string.h"

enum { CSI_MAX = 128, ESC_MAX = 4 };

/*
 * GROUND: text goes out as it is.
 *     ends      ESC -> ESCAPE; a lead byte of UTF-8 -> CHARACTER
 *     never     let out a control that is not in passes_control()
 * CHARACTER: the rest of a UTF-8 sequence is awaited, in `gathered`.
 *     ends      complete -> GROUND, and it goes out unless it is a C1 control; any other byte -> GROUND, dropped
 * ESCAPE: after ESC; intermediates (0x20-0x2f) are gathered.
 *     ends      '[' -> CSI; ']' 'P' 'X' '^' '_' -> STRING; a final byte -> GROUND
 * CSI: parameters and intermediates are gathered.
 *     ends      a final byte -> GROUND; CAN, SUB -> GROUND; ESC -> ESCAPE; both drop it
 * STRING: its text is gathered up to RELAY_STRING_MAX; the rest is dropped, and then the whole.
 *     ends      BEL, ESC \ -> GROUND; CAN, SUB -> GROUND, dropped; another ESC sequence -> that, dropped
 */
typedef enum FilterState { FILTER_GROUND, FILTER_CHARACTER, FILTER_ESCAPE, FILTER_CSI, FILTER_STRING } FilterState;

struct RelayFilter {
        FilterState state;
        RelayState terminal;
        bool utf8;
        bool too_long;      /* of what is gathered: it will be dropped */
        bool string_escape; /* STRING: ESC was the last byte */
        char string_kind;   /* STRING: the byte after ESC */
        size_t n_awaited;   /* CHARACTER */
        size_t n_gathered;
        char gathered[RELAY_STRING_MAX + 1];
};

RelayFilter *relay_filter_new(bool utf8)
{
        RelayFilter *filter = calloc(1, sizeof *filter);

        if (filter != NULL)
                filter->utf8 = utf8;
        return filter;
}

void relay_filter_free(RelayFilter *filter)
{
        free(filter);
}

bool relay_filter_asked(const RelayFilter *filter)
{
        return filter->terminal.asked || filter->terminal.modes.asked;
}

static void begin(RelayFilter *filter, FilterState state)
{
        filter->state = state;
        filter->n_gathered = 0;
        filter->too_long = false;
        filter->string_escape = false;
}

/* Keeps one more byte; max leaves room for the NUL. */
static void gather(RelayFilter *filter, char byte, size_t max)
{
        if (filter->n_gathered < max)
                filter->gathered[filter->n_gathered++] = byte;
        else
                filter->too_long = true;
}

static const char *gathered_text(RelayFilter *filter)
{
        filter->gathered[filter->n_gathered] = '\0';
        return filter->gathered;
}

/* BEL, BS, HT, LF, VT, FF, CR, SO, SI.  Not ENQ, which makes the terminal answer, nor XON and XOFF. */
static bool passes_control(unsigned char byte)
{
        return byte >= 0x07 && byte <= 0x0f;
}

static size_t utf8_length(unsigned char lead)
{
        return lead >= 0xc2 && lead <= 0xdf   ? 2
               : lead >= 0xe0 && lead <= 0xef ? 3
               : lead >= 0xf0 && lead <= 0xf4 ? 4
                                              : 0;
}

static void on_ground(RelayFilter *filter, unsigned char byte, Buffer *out)
{
        if (byte == 0x1b) {
                begin(filter, FILTER_ESCAPE);
        } else if (byte < 0x20 || byte == 0x7f) {
                if (!passes_control(byte))
                        return;
                if (byte == 0x0e)
                        filter->terminal.charset = true;
                buffer_add_byte(out, (char)byte);
        } else if (byte < 0x80 || (!filter->utf8 && byte >= 0xa0)) {
                buffer_add_byte(out, (char)byte);
        } else if (filter->utf8 && utf8_length(byte) > 0) {
                begin(filter, FILTER_CHARACTER);
                gather(filter, (char)byte, ESC_MAX);
                filter->n_awaited = utf8_length(byte) - 1;
        }
}

/* False: the byte belongs to what comes next. */
static bool on_character(RelayFilter *filter, unsigned char byte, Buffer *out)
{
        unsigned char lead = (unsigned char)filter->gathered[0];

        if ((byte & 0xc0) != 0x80) {
                begin(filter, FILTER_GROUND);
                return false;
        }
        gather(filter, (char)byte, ESC_MAX);
        if (--filter->n_awaited > 0)
                return true;
        /* C2 80 - C2 9F are the controls U+0080 - U+009F; overlong forms and surrogates are no characters. */
        if (!(lead == 0xc2 && byte < 0xa0) && !(lead == 0xe0 && (unsigned char)filter->gathered[1] < 0xa0) &&
            !(lead == 0xed && (unsigned char)filter->gathered[1] >= 0xa0) &&
            !(lead == 0xf0 && (unsigned char)filter->gathered[1] < 0x90) &&
            !(lead == 0xf4 && (unsigned char)filter->gathered[1] >= 0x90))
                buffer_add(out, filter->gathered, filter->n_gathered);
        begin(filter, FILTER_GROUND);
        return true;
}

/* ESC and a final byte, with or without intermediates.  Not ESC % (another encoding: other bytes would be controls),
 * not ESC SP (8-bit answers), not ESC Z, ESC l, ESC m. */
static void finish_escape(RelayFilter *filter, char final, Buffer *out)
{
        const char *between = gathered_text(filter);

        if (filter->too_long)
                return;
        if (between[0] == '\0') {
                if (strchr("6789=>DEHMNOc", final) == NULL)
                        return;
                if (final == '=' || final == '>')
                        filter->terminal.keypad = final == '=';
        } else if (between[0] == '#') {
                if (strchr("34568", final) == NULL || between[1] != '\0')
                        return;
        } else if (strchr("()*+-./", between[0]) != NULL) {
                filter->terminal.charset = between[0] != '(' || final != 'B';
        } else {
                return;
        }
        buffer_printf(out, "\033%s%c", between, final);
}

static void on_escape(RelayFilter *filter, unsigned char byte, Buffer *out)
{
        if (byte >= 0x20 && byte <= 0x2f) {
                gather(filter, (char)byte, ESC_MAX);
        } else if (byte < 0x30 || byte > 0x7e) {
                begin(filter, byte == 0x1b ? FILTER_ESCAPE : FILTER_GROUND);
        } else if (filter->n_gathered == 0 && byte == '[') {
                begin(filter, FILTER_CSI);
        } else if (filter->n_gathered == 0 && strchr("]PX^_", byte) != NULL) {
                begin(filter, FILTER_STRING);
                filter->string_kind = (char)byte;
        } else {
                finish_escape(filter, (char)byte, out);
                begin(filter, FILTER_GROUND);
        }
}

static void on_csi(RelayFilter *filter, unsigned char byte, Buffer *out, Buffer *replies)
{
        if (byte == 0x1b) {
                begin(filter, FILTER_ESCAPE);
        } else if (byte < 0x20) {
                /* A control inside a sequence acts at once; CAN and SUB end the sequence. */
                if (byte == 0x18 || byte == 0x1a)
                        begin(filter, FILTER_GROUND);
                else if (passes_control(byte))
                        buffer_add_byte(out, (char)byte);
        } else if (byte >= 0x7f) {
                begin(filter, FILTER_GROUND);
        } else {
                gather(filter, (char)byte, CSI_MAX);
                if (byte < 0x40)
                        return;
                if (!filter->too_long)
                        relay_csi(&filter->terminal, gathered_text(filter), out, replies);
                begin(filter, FILTER_GROUND);
        }
}

static void finish_string(RelayFilter *filter, Buffer *out)
{
        if (filter->too_long)
                return;
        for (size_t i = 0; i < filter->n_gathered; i++)
                if (filter->gathered[i] == '\0' || (!filter->utf8 && ((unsigned char)filter->gathered[i] & 0x80) != 0))
                        return;
        if (filter->string_kind == ']')
                relay_osc(&filter->terminal, gathered_text(filter), out);
        else if (filter->string_kind == 'P')
                relay_dcs(&filter->terminal, gathered_text(filter), out);
}

/* False: the byte belongs to what comes next. */
static bool on_string(RelayFilter *filter, unsigned char byte, Buffer *out)
{
        if (filter->string_escape) {
                if (byte == '\\')
                        finish_string(filter, out);
                begin(filter, byte == '\\' ? FILTER_GROUND : FILTER_ESCAPE);
                return byte == '\\';
        }
        if (byte == 0x1b) {
                filter->string_escape = true;
        } else if (byte == 0x07) {
                finish_string(filter, out);
                begin(filter, FILTER_GROUND);
        } else if (byte == 0x18 || byte == 0x1a) {
                begin(filter, FILTER_GROUND);
        } else {
                gather(filter, (char)byte, RELAY_STRING_MAX);
        }
        return true;
}

/* True: the byte was taken. */
static bool take(RelayFilter *filter, unsigned char byte, Buffer *out, Buffer *replies)
{
        switch (filter->state) {
        case FILTER_GROUND:
                on_ground(filter, byte, out);
                return true;
        case FILTER_CHARACTER:
                return on_character(filter, byte, out);
        case FILTER_ESCAPE:
                on_escape(filter, byte, out);
                return true;
        case FILTER_CSI:
                on_csi(filter, byte, out, replies);
                return true;
        case FILTER_STRING:
        default:
                return on_string(filter, byte, out);
        }
}

void relay_filter_push(RelayFilter *filter, const void *untrusted_bytes, size_t n, Buffer *out, Buffer *replies)
{
        const unsigned char *p = untrusted_bytes, *end = p + n;

        while (p < end) {
                const unsigned char *plain = p;

                while (filter->state == FILTER_GROUND && p < end && *p >= 0x20 && *p < 0x7f)
                        p++;
                buffer_add(out, plain, (size_t)(p - plain));
                while (p < end && !take(filter, *p, out, replies))
                        ;
                p += p < end ? 1 : 0;
        }
}

void relay_filter_finish(RelayFilter *filter, Buffer *out)
{
        begin(filter, FILTER_GROUND);
        relay_state_restore(&filter->terminal, out);
}
