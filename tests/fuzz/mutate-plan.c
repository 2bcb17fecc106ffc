/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How libFuzzer changes plans.  Lengths stand before strings and counts before lists, so bytes that are changed blindly
 * end at the decoder's first check, and the bytes of an older PLAN_VERSION at the head.  Here what is changed stays a
 * plan: what does not decode becomes the unit tests' sample, words are exchanged with their lengths, elements of lists
 * come and go.  No field is named but the lists: a new field is a word or a number like the others. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/plan/sample.h"
#include "plan/code.h"

enum { HEAD = 8, WORDS_MAX = 4096, WORD_BYTES_MAX = 512 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed);

/* What rules speak of. */
static const char *const words[] = {
        "",
        "/",
        "/usr",
        "/usr/bin",
        "/proc",
        "/proc/sys",
        "/dev",
        "/dev/pts",
        "/dev/mqueue",
        "/tmp/.X11-unix",
        "/home/u",
        "/home/u/../v",
        "/home//u",
        "/.flatpak-info",
        "relative",
        "198.18.0.0/15",
        "fd00::/64",
        "::/129",
        "127.0.0.1",
        "*",
        "stdin",
        "log",
        "xauth-host",
        "mediator-bus",
        "listen-dns",
        "app",
        "inner",
        "semi/x",
        "keeper",
        "UPPER",
        "0badcafe",
        "PATH=/usr/bin",
        "=x",
        "ptrace",
        "\x1b[1m\xff",
};

typedef struct Word {
        size_t at; /* of the length */
        size_t n;
} Word;

static unsigned draw(unsigned *state, size_t below)
{
        *state = *state * 1664525u + 1013904223u;
        return below == 0 ? 0 : (unsigned)((*state >> 8) % below);
}

static uint32_t read_number(const char *p)
{
        const unsigned char *bytes = (const unsigned char *)p;

        return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void add_number(Buffer *out, uint32_t number)
{
        for (unsigned i = 0; i < 4; i++)
                buffer_add_byte(out, (char)(number >> (8 * i)));
}

/* What looks like a length and as many printable bytes. */
static size_t find_words(const Buffer *bytes, Word *ret_words)
{
        size_t n_words = 0;

        for (size_t at = HEAD; at + 4 < bytes->n && n_words < WORDS_MAX;) {
                uint32_t length = read_number(bytes->bytes + at);
                size_t n = 0;

                if (length > 0 && length <= WORD_BYTES_MAX && length - 1 <= bytes->n - at - 4)
                        while (n < length - 1 && bytes->bytes[at + 4 + n] >= ' ')
                                n++;
                if (length > 1 && n == length - 1) {
                        ret_words[n_words++] = (Word){ at, n };
                        at += 4 + n;
                } else {
                        at++;
                }
        }
        return n_words;
}

static void replace(Buffer *bytes, size_t at, size_t n_old, const char *with, size_t n)
{
        Buffer out = BUFFER_INIT;

        buffer_add(&out, bytes->bytes, at);
        buffer_add(&out, with, n);
        buffer_add(&out, bytes->bytes + at + n_old, bytes->n - at - n_old);
        buffer_clear(bytes);
        *bytes = out;
}

static void change_word(Buffer *bytes, unsigned *state)
{
        static Word found[WORDS_MAX];
        size_t n_found = find_words(bytes, found), n = 0;
        char text[WORD_BYTES_MAX + 64] = "";
        CLEANUP(buffer_clear) Buffer with = BUFFER_INIT;
        const Word *word = n_found > 0 ? &found[draw(state, n_found)] : NULL, *other = NULL;

        if (word == NULL)
                return;
        switch (draw(state, 4)) {
        case 0:
                other = &found[draw(state, n_found)];
                n = other->n;
                memcpy(text, bytes->bytes + other->at + 4, n);
                break;
        case 1:
                n = word->n;
                memcpy(text, bytes->bytes + word->at + 4, n);
                n = LLVMFuzzerMutate((uint8_t *)text, n, WORD_BYTES_MAX);
                break;
        default:
                n = (size_t)stpcpy(text, words[draw(state, sizeof words / sizeof *words)]) - (size_t)text;
                break;
        }
        add_number(&with, (uint32_t)n + 1);
        buffer_add(&with, text, n);
        replace(bytes, word->at, 4 + word->n, with.bytes, with.n);
}

static void change_number(Buffer *bytes, unsigned *state)
{
        static const uint32_t values[] = { 0, 1, 2, 3, 4, 8, 16, 64, 0xff, 0x1ff, 0644, 0777, 1000, 65535, 65536 };
        size_t at = HEAD + draw(state, bytes->n > HEAD + 4 ? bytes->n - HEAD - 4 : 0);
        uint32_t number = 0;

        if (bytes->n < HEAD + 4)
                return;
        number = read_number(bytes->bytes + at);
        if (draw(state, 3) == 0)
                number ^= 1u << draw(state, 32);
        else if (draw(state, 2) == 0)
                number += draw(state, 2) == 0 ? 1 : (uint32_t)-1;
        else
                number = values[draw(state, sizeof values / sizeof *values)];
        for (unsigned i = 0; i < 4; i++)
                bytes->bytes[at + i] = (char)(number >> (8 * i));
}

/* Two elements of a list, or of two of a kind, change places: both plans stay whole. */
static void exchange(void *elements, size_t n, void *others, size_t n_others, size_t size, unsigned *state)
{
        char *to = NULL, *from = NULL, keep[1024];

        if (n == 0 || n_others == 0 || size > sizeof keep)
                return;
        to = (char *)elements + draw(state, n) * size;
        from = (char *)others + draw(state, n_others) * size;
        memcpy(keep, to, size);
        memcpy(to, from, size);
        memcpy(from, keep, size);
}

/* The same, or now and then with the whole lists: so they get longer and shorter. */
#define EXCHANGE(a, b, list, state)                                                                                    \
        do {                                                                                                           \
                if (draw((state), 3) == 0) {                                                                           \
                        size_t n_ = (a)->n_##list;                                                                     \
                        void *list_ = (a)->list;                                                                       \
                                                                                                                       \
                        (a)->list = (b)->list, (a)->n_##list = (b)->n_##list;                                          \
                        (b)->list = list_, (b)->n_##list = n_;                                                         \
                } else {                                                                                               \
                        exchange((a)->list, (a)->n_##list, (b)->list, (b)->n_##list, sizeof *(a)->list, (state));      \
                }                                                                                                      \
        } while (0)

static void change_elements(Plan *plan, Plan *other, unsigned *state)
{
        PlanBox *box = plan->n_boxes > 0 ? &plan->boxes[draw(state, plan->n_boxes)] : NULL;
        PlanBox *donor = other->n_boxes > 0 ? &other->boxes[draw(state, other->n_boxes)] : NULL;
        PlanProgram *program = plan->n_programs > 0 ? &plan->programs[draw(state, plan->n_programs)] : NULL;
        PlanProgram *giver = other->n_programs > 0 ? &other->programs[draw(state, other->n_programs)] : NULL;

        if (box == NULL || donor == NULL || program == NULL || giver == NULL)
                return;
        switch (draw(state, 8)) {
        case 0:
                exchange(plan->boxes, plan->n_boxes, other->boxes, other->n_boxes, sizeof *plan->boxes, state);
                break;
        case 1:
                EXCHANGE(plan, other, programs, state);
                break;
        case 2:
                EXCHANGE(program, giver, fds, state);
                break;
        case 3:
                EXCHANGE(program, giver, limits, state);
                break;
        case 4:
                EXCHANGE(program, giver, after, state);
                break;
        case 5:
                EXCHANGE(box, donor, listeners, state);
                break;
        default:
                EXCHANGE(box, donor, mounts, state);
                break;
        }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed)
{
        unsigned state = seed;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        CLEANUP(plan_freep) Plan *plan = NULL, *other = NULL;

        if (draw(&state, 10) == 0)
                return LLVMFuzzerMutate(data, n, max);
        if (plan_decode(&plan, NULL, data, n) != 0)
                plan = sample_plan();
        if (draw(&state, 3) == 0) {
                other = sample_plan();
                change_elements(plan, other, &state);
        }
        plan_encode(plan, &bytes);
        for (unsigned i = draw(&state, 4) + 1; i > 0 && !bytes.failed; i--)
                if (draw(&state, 2) == 0)
                        change_word(&bytes, &state);
                else
                        change_number(&bytes, &state);
        if (bytes.failed || bytes.n > max)
                return LLVMFuzzerMutate(data, n, max);
        memcpy(data, bytes.bytes, bytes.n);
        return bytes.n;
}
