/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Keymap - a keyboard's map on its way from one X server to another: what the XKB extension answers, as the request
 * that sets the same.  Keycodes stay as they are, so that no key has to be guessed from what it writes.  Bytes in,
 * bytes out; lengths are looked at, though both servers' words are taken for the rest. */

typedef enum KeymapPart {
        KEYMAP_COMPAT,     /* XkbSetCompatMap */
        KEYMAP_MAP,        /* XkbSetMap */
        KEYMAP_INDICATORS, /* XkbSetIndicatorMap */
        KEYMAP_NAMES,      /* of modifiers and layouts, as texts: atoms are each server's own */
        KEYMAP_RULES,      /* the root window's property _XKB_RULES_NAMES */
        _KEYMAP_PART_MAX,
} KeymapPart;

enum {
        KEYMAP_BYTES_MAX =
                256 * 1024,    /* of a part: 247 keys with four layouts of eight levels and an action for each, twice */
        KEYMAP_MODIFIERS = 16, /* virtual ones */
        KEYMAP_GROUPS = 4,
        KEYMAP_TEXTS = 1 + KEYMAP_MODIFIERS + KEYMAP_GROUPS,
};

/* A request's bytes from a reply of n bytes, both whole; its opcodes and length are left to whoever sends it.  0, or
 * -EINVAL: the reply is shorter than it says. */
int keymap_map_request(Buffer *request, const uint8_t *untrusted_reply, size_t n);
int keymap_compat_request(Buffer *request, const uint8_t *untrusted_reply, size_t n);
int keymap_indicators_request(Buffer *request, const uint8_t *untrusted_reply, size_t n);

/* The opcode of a part that is a request, or -1. */
int keymap_opcode(KeymapPart part);

/* The texts of KEYMAP_NAMES: first the layout's name, then as many modifiers and groups as the masks have bits. */
typedef struct KeymapNames {
        uint16_t modifiers;
        uint8_t groups;
        size_t n;
        const char *texts[KEYMAP_TEXTS];
} KeymapNames;

/* Each of at most 255 bytes. */
void keymap_names_write(Buffer *bytes, const KeymapNames *names);
/* Borrowed texts.  0 or -EINVAL. */
int keymap_names_read(KeymapNames *ret_names, const uint8_t *untrusted, size_t n);
