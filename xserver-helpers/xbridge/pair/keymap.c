/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The forms of replies and requests are those of the X Keyboard Extension's protocol, version 1.0, appendix D. */
#include "pair/keymap.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
        CORE_KEYBOARD = 0x100,
        REPLY_HEAD = 32,
        /* XkbGetMap: two words more, and what its parts are. */
        MAP_HEAD = 40,
        HAS_TYPES = 1 << 0,
        HAS_SYMS = 1 << 1,
        HAS_MODMAP = 1 << 2,
        HAS_EXPLICIT = 1 << 3,
        HAS_ACTIONS = 1 << 4,
        HAS_BEHAVIORS = 1 << 5,
        HAS_VMODS = 1 << 6,
        HAS_VMODMAP = 1 << 7,
        FLAG_RESIZE_TYPES = 1,
        TYPE_HEAD = 8,
        TYPE_ENTRY = 8,
        TYPE_PRESERVE = 4,
        SYMS_HEAD = 8,
        ACTION_BYTES = 8,
        INTERPRET_BYTES = 16,
        INDICATOR_BYTES = 12,
        OP_SET_MAP = 9,
        OP_SET_COMPAT_MAP = 11,
        OP_SET_INDICATOR_MAP = 14,
};

typedef struct Reader {
        const uint8_t *at, *end;
        bool failed;
} Reader;

/* n bytes, or NULL where there are no such many. */
static const uint8_t *take(Reader *reader, size_t n)
{
        const uint8_t *at = reader->at;

        if (reader->failed || n > (size_t)(reader->end - reader->at)) {
                reader->failed = true;
                return NULL;
        }
        reader->at += n;
        return at;
}

static void copy(Reader *reader, Buffer *request, size_t n)
{
        const uint8_t *bytes = take(reader, n);

        if (bytes != NULL)
                buffer_add(request, bytes, n);
}

static size_t padded(size_t n)
{
        return (n + 3) / 4 * 4;
}

static uint16_t get16(const uint8_t *at)
{
        uint16_t number;

        memcpy(&number, at, sizeof number);
        return number;
}

static void put16(Buffer *request, uint16_t number)
{
        buffer_add(request, &number, sizeof number);
}

static unsigned bits(uint32_t mask)
{
        return (unsigned)__builtin_popcount(mask);
}

/* A type's entries are told with more words than they are set with. */
static void copy_type(Reader *reader, Buffer *request)
{
        const uint8_t *head = take(reader, TYPE_HEAD);
        size_t n = head != NULL ? head[5] : 0;
        bool preserves = head != NULL && head[6] != 0;

        if (head != NULL)
                buffer_add(request, head, TYPE_HEAD);
        for (size_t i = 0; i < n; i++) {
                const uint8_t *entry = take(reader, TYPE_ENTRY);

                if (entry == NULL)
                        return;
                buffer_add_byte(request, (char)entry[2]); /* level */
                buffer_add_byte(request, (char)entry[3]); /* modifiers */
                put16(request, get16(entry + 4));         /* virtual ones */
        }
        if (preserves)
                copy(reader, request, n * TYPE_PRESERVE);
}

static void copy_syms(Reader *reader, Buffer *request)
{
        const uint8_t *head = take(reader, SYMS_HEAD);

        if (head == NULL)
                return;
        buffer_add(request, head, SYMS_HEAD);
        copy(reader, request, (size_t)get16(head + 6) * 4);
}

int keymap_map_request(Buffer *request, const uint8_t *untrusted_reply, size_t n)
{
        Reader reader = { .at = untrusted_reply, .end = untrusted_reply + n };
        const uint8_t *head = take(&reader, MAP_HEAD);
        uint16_t present, n_syms, n_actions;

        if (head == NULL)
                return -EINVAL;
        present = get16(head + 12);
        n_syms = get16(head + 18);
        n_actions = get16(head + 22);
        put16(request, 0); /* opcodes */
        put16(request, 0); /* length */
        put16(request, CORE_KEYBOARD);
        put16(request, present);
        put16(request, FLAG_RESIZE_TYPES);
        buffer_add(request, head + 10, 2); /* keycodes */
        buffer_add(request, head + 14, 2); /* types */
        buffer_add_byte(request, (char)head[17]);
        buffer_add_byte(request, (char)head[20]);
        put16(request, n_syms);
        buffer_add_byte(request, (char)head[21]);
        buffer_add_byte(request, (char)head[24]);
        put16(request, n_actions);
        buffer_add(request, head + 25, 12); /* behaviours, explicit, modifiers, virtual modifiers: three bytes each */
        put16(request, get16(head + 38));
        for (unsigned i = 0; (present & HAS_TYPES) != 0 && i < head[15]; i++)
                copy_type(&reader, request);
        for (unsigned i = 0; (present & HAS_SYMS) != 0 && i < head[20]; i++)
                copy_syms(&reader, request);
        if ((present & HAS_ACTIONS) != 0)
                copy(&reader, request, padded(head[24]) + (size_t)n_actions * ACTION_BYTES);
        if ((present & HAS_BEHAVIORS) != 0)
                copy(&reader, request, (size_t)head[27] * 4);
        if ((present & HAS_VMODS) != 0)
                copy(&reader, request, padded(bits(get16(head + 38))));
        if ((present & HAS_EXPLICIT) != 0)
                copy(&reader, request, padded((size_t)head[30] * 2));
        if ((present & HAS_MODMAP) != 0)
                copy(&reader, request, padded((size_t)head[33] * 2));
        if ((present & HAS_VMODMAP) != 0)
                copy(&reader, request, (size_t)head[36] * 4);
        return reader.failed ? -EINVAL : 0;
}

int keymap_compat_request(Buffer *request, const uint8_t *untrusted_reply, size_t n)
{
        Reader reader = { .at = untrusted_reply, .end = untrusted_reply + n };
        const uint8_t *head = take(&reader, REPLY_HEAD);

        if (head == NULL)
                return -EINVAL;
        put16(request, 0);
        put16(request, 0);
        put16(request, CORE_KEYBOARD);
        buffer_add_byte(request, 0);
        buffer_add_byte(request, 0); /* actions come with the map */
        buffer_add_byte(request, 1); /* no others */
        buffer_add_byte(request, (char)head[8]);
        put16(request, get16(head + 10));
        put16(request, get16(head + 12));
        put16(request, 0);
        copy(&reader, request, (size_t)get16(head + 12) * INTERPRET_BYTES + (size_t)bits(head[8]) * 4);
        return reader.failed ? -EINVAL : 0;
}

int keymap_indicators_request(Buffer *request, const uint8_t *untrusted_reply, size_t n)
{
        Reader reader = { .at = untrusted_reply, .end = untrusted_reply + n };
        const uint8_t *head = take(&reader, REPLY_HEAD);
        uint32_t which;

        if (head == NULL)
                return -EINVAL;
        memcpy(&which, head + 8, sizeof which);
        put16(request, 0);
        put16(request, 0);
        put16(request, CORE_KEYBOARD);
        put16(request, 0);
        buffer_add(request, &which, sizeof which);
        copy(&reader, request, (size_t)bits(which) * INDICATOR_BYTES);
        return reader.failed ? -EINVAL : 0;
}

int keymap_opcode(KeymapPart part)
{
        static const int opcodes[] = {
                [KEYMAP_COMPAT] = OP_SET_COMPAT_MAP,
                [KEYMAP_MAP] = OP_SET_MAP,
                [KEYMAP_INDICATORS] = OP_SET_INDICATOR_MAP,
                [KEYMAP_NAMES] = -1,
                [KEYMAP_RULES] = -1,
        };
        _Static_assert(sizeof opcodes == _KEYMAP_PART_MAX * sizeof *opcodes, "an opcode is missing");

        return part < _KEYMAP_PART_MAX ? opcodes[part] : -1;
}

void keymap_names_write(Buffer *bytes, const KeymapNames *names)
{
        put16(bytes, names->modifiers);
        buffer_add_byte(bytes, (char)names->groups);
        for (size_t i = 0; i < names->n; i++) {
                size_t n = strnlen(names->texts[i], UINT8_MAX);

                buffer_add(bytes, names->texts[i], n);
                buffer_add_byte(bytes, '\0');
        }
}

int keymap_names_read(KeymapNames *ret_names, const uint8_t *untrusted, size_t n)
{
        Reader reader = { .at = untrusted, .end = untrusted + n };
        const uint8_t *head = take(&reader, 3);
        size_t wanted;

        if (head == NULL || head[2] >= 1 << KEYMAP_GROUPS)
                return -EINVAL;
        *ret_names = (KeymapNames){ .modifiers = get16(head), .groups = head[2] };
        wanted = 1 + bits(ret_names->modifiers) + bits(ret_names->groups);
        while (ret_names->n < wanted) {
                const uint8_t *nul = memchr(reader.at, '\0', (size_t)(reader.end - reader.at));

                if (nul == NULL || nul - reader.at > UINT8_MAX)
                        return -EINVAL;
                ret_names->texts[ret_names->n++] = (const char *)reader.at;
                reader.at = nul + 1;
        }
        return reader.at == reader.end ? 0 : -EINVAL;
}
