/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The person's keyboard: its whole map is told to the agent, and again whenever it changes. */

#include <stdlib.h>
#include <string.h>
#include <xcb/xcbext.h>
#include <xcb/xkb.h>

#include "display/display.h"
#include "pair/keymap.h"

enum {
        KEYBOARD = XCB_XKB_ID_USE_CORE_KBD,
        ALL = 0xff,
        RULES_WORDS = 256,
        NAMES = XCB_XKB_NAME_DETAIL_SYMBOLS | XCB_XKB_NAME_DETAIL_VIRTUAL_MOD_NAMES | XCB_XKB_NAME_DETAIL_GROUP_NAMES,
        EVENTS = XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY | XCB_XKB_EVENT_TYPE_MAP_NOTIFY |
                 XCB_XKB_EVENT_TYPE_CONTROLS_NOTIFY,
};

typedef struct Names {
        xcb_xkb_get_names_reply_t head;
        xcb_atom_t atoms[];
} Names;

static void send_part(const Display *display, KeymapPart part, const Buffer *bytes)
{
        Letter *letter = calloc(1, sizeof *letter);

        if (letter == NULL || bytes->failed || bytes->n > KEYMAP_BYTES_MAX) {
                free(letter);
                return;
        }
        letter->type = LETTER_KEYMAP;
        letter->is.keymap.kind = part;
        for (size_t at = 0; at < bytes->n; at += letter->is.keymap.n) {
                size_t n = bytes->n - at;

                letter->is.keymap.n = n < LETTER_CHUNK_BYTES ? (uint32_t)n : LETTER_CHUNK_BYTES;
                letter->is.keymap.last = n <= LETTER_CHUNK_BYTES;
                memcpy(letter->is.keymap.bytes, bytes->bytes + at, letter->is.keymap.n);
                bridge_tell(display->bridge, letter);
        }
        free(letter);
}

static void send_converted(const Display *display,
                           KeymapPart part,
                           const void *reply,
                           int (*convert)(Buffer *, const uint8_t *, size_t))
{
        CLEANUP(buffer_clear) Buffer request = BUFFER_INIT;
        const xcb_query_keymap_reply_t *head = reply; /* any reply's first words */

        if (reply != NULL && convert(&request, reply, 32 + (size_t)head->length * 4) == 0)
                send_part(display, part, &request);
}

static void send_names(const Display *display, const Names *names)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        xcb_get_atom_name_cookie_t cookies[KEYMAP_TEXTS];
        char texts[KEYMAP_TEXTS][256] = { 0 };
        KeymapNames told = { 0 };
        size_t n;

        if (names == NULL || names->head.which != NAMES || names->head.groupNames >= 1 << KEYMAP_GROUPS)
                return;
        told.modifiers = names->head.virtualMods;
        told.groups = names->head.groupNames;
        n = 1 + (size_t)__builtin_popcount(told.modifiers) + (size_t)__builtin_popcount(told.groups);
        if (names->head.length < n)
                return;
        for (size_t i = 0; i < n; i++)
                cookies[i] = xcb_get_atom_name(display->x, names->atoms[i]);
        for (size_t i = 0; i < n; i++) {
                xcb_get_atom_name_reply_t *reply = xcb_get_atom_name_reply(display->x, cookies[i], NULL);
                size_t length = reply != NULL ? (size_t)xcb_get_atom_name_name_length(reply) : 0;

                memcpy(texts[i], reply != NULL ? xcb_get_atom_name_name(reply) : "", length < 255 ? length : 255);
                told.texts[told.n++] = texts[i];
                free(reply);
        }
        keymap_names_write(&bytes, &told);
        send_part(display, KEYMAP_NAMES, &bytes);
}

static void send_rules(const Display *display)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        xcb_get_property_reply_t *reply = xcb_get_property_reply(display->x,
                                                                 xcb_get_property(display->x, 0, display->screen->root,
                                                                                  display->atoms[ATOM_XKB_RULES_NAMES],
                                                                                  XCB_ATOM_STRING, 0, RULES_WORDS),
                                                                 NULL);

        if (reply != NULL && reply->format == 8) {
                buffer_add(&bytes, xcb_get_property_value(reply), (size_t)xcb_get_property_value_length(reply));
                send_part(display, KEYMAP_RULES, &bytes);
        }
        free(reply);
}

static void send_repeat(const Display *display)
{
        xcb_xkb_get_controls_reply_t *reply =
                xcb_xkb_get_controls_reply(display->x, xcb_xkb_get_controls(display->x, KEYBOARD), NULL);
        Letter letter = { .type = LETTER_REPEAT };

        if (reply != NULL) {
                letter.is.repeat.on = (reply->enabledControls & XCB_XKB_BOOL_CTRL_REPEAT_KEYS) != 0;
                letter.is.repeat.delay_ms = reply->repeatDelay;
                letter.is.repeat.interval_ms = reply->repeatInterval;
                bridge_tell(display->bridge, &letter);
        }
        free(reply);
}

void keyboard_send_locks(Display *display)
{
        xcb_xkb_get_state_reply_t *reply = NULL;
        Letter letter = { .type = LETTER_LOCKS };

        display->is_locks_old = false;
        if (!display->has_xkb)
                return;
        reply = xcb_xkb_get_state_reply(display->x, xcb_xkb_get_state(display->x, KEYBOARD), NULL);
        if (reply != NULL) {
                letter.is.locks.modifiers = reply->lockedMods;
                letter.is.locks.group = reply->lockedGroup;
                bridge_tell(display->bridge, &letter);
        }
        free(reply);
}

void keyboard_send_map(Display *display)
{
        const uint16_t every = XCB_XKB_MAP_PART_KEY_TYPES | XCB_XKB_MAP_PART_KEY_SYMS | XCB_XKB_MAP_PART_MODIFIER_MAP |
                               XCB_XKB_MAP_PART_EXPLICIT_COMPONENTS | XCB_XKB_MAP_PART_KEY_ACTIONS |
                               XCB_XKB_MAP_PART_KEY_BEHAVIORS | XCB_XKB_MAP_PART_VIRTUAL_MODS |
                               XCB_XKB_MAP_PART_VIRTUAL_MOD_MAP;
        xcb_xkb_get_compat_map_cookie_t compat;
        xcb_xkb_get_map_cookie_t map;
        xcb_xkb_get_indicator_map_cookie_t indicators;
        xcb_xkb_get_names_cookie_t names;
        void *reply = NULL;

        display->is_keymap_old = false;
        if (!display->has_xkb)
                return;
        compat = xcb_xkb_get_compat_map(display->x, KEYBOARD,
                                        XCB_XKB_SET_OF_GROUP_GROUP_1 | XCB_XKB_SET_OF_GROUP_GROUP_2 |
                                                XCB_XKB_SET_OF_GROUP_GROUP_3 | XCB_XKB_SET_OF_GROUP_GROUP_4,
                                        1, 0, 0);
        map = xcb_xkb_get_map(display->x, KEYBOARD, every, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        indicators = xcb_xkb_get_indicator_map(display->x, KEYBOARD, UINT32_MAX);
        names = xcb_xkb_get_names(display->x, KEYBOARD, NAMES);
        reply = xcb_xkb_get_compat_map_reply(display->x, compat, NULL);
        send_converted(display, KEYMAP_COMPAT, reply, keymap_compat_request);
        free(reply);
        reply = xcb_xkb_get_map_reply(display->x, map, NULL);
        send_converted(display, KEYMAP_MAP, reply, keymap_map_request);
        free(reply);
        reply = xcb_xkb_get_indicator_map_reply(display->x, indicators, NULL);
        send_converted(display, KEYMAP_INDICATORS, reply, keymap_indicators_request);
        free(reply);
        reply = xcb_xkb_get_names_reply(display->x, names, NULL);
        send_names(display, reply);
        free(reply);
        send_rules(display);
        send_repeat(display);
        keyboard_send_locks(display);
}

void keyboard_on_event(Display *display, const xcb_generic_event_t *event)
{
        const xcb_xkb_state_notify_event_t *state = (const xcb_xkb_state_notify_event_t *)event;

        switch (event->pad0) {
        case XCB_XKB_NEW_KEYBOARD_NOTIFY:
        case XCB_XKB_MAP_NOTIFY:
        case XCB_XKB_CONTROLS_NOTIFY:
                display->is_keymap_old = true;
                break;
        case XCB_XKB_STATE_NOTIFY:
                /* A key that did it does the same inside. */
                display->is_locks_old |= state->keycode == 0;
                break;
        default:
                break;
        }
}

void keyboard_begin(Display *display)
{
        const xcb_query_extension_reply_t *xkb = xcb_get_extension_data(display->x, &xcb_xkb_id);
        const uint16_t locks = XCB_XKB_STATE_PART_MODIFIER_LOCK | XCB_XKB_STATE_PART_GROUP_LOCK;
        const struct {
                uint16_t affect, locks;
        } details = { locks, locks };
        xcb_xkb_use_extension_reply_t *version = NULL;

        if (xkb == NULL || xkb->present == 0)
                return;
        display->xkb_event = xkb->first_event;
        version = xcb_xkb_use_extension_reply(
                display->x, xcb_xkb_use_extension(display->x, XCB_XKB_MAJOR_VERSION, XCB_XKB_MINOR_VERSION), NULL);
        display->has_xkb = version != NULL && version->supported != 0;
        free(version);
        if (!display->has_xkb)
                return;
        /* A key that is held comes up once. */
        xcb_discard_reply(display->x,
                          xcb_xkb_per_client_flags(display->x, KEYBOARD, XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT,
                                                   XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT, 0, 0, 0)
                                  .sequence);
        (void)xcb_xkb_select_events(display->x, KEYBOARD, EVENTS | XCB_XKB_EVENT_TYPE_STATE_NOTIFY, 0,
                                    XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY | XCB_XKB_EVENT_TYPE_CONTROLS_NOTIFY, ALL,
                                    ALL, &details);
}
