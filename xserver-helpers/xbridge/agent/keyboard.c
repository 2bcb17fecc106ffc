/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inner server's keyboard is the person's: its map comes in pieces, and is set as it is. */

#include <stdlib.h>
#include <string.h>
#include <xcb/xcbext.h>
#include <xcb/xkb.h>

#include "agent/inner.h"
#include "pair/keymap.h"

enum { KEYBOARD = XCB_XKB_ID_USE_CORE_KBD, ALL = 0xff };

static void set_part(const Agent *agent, KeymapPart part)
{
        const xcb_protocol_request_t request = {
                .count = 1, .ext = &xcb_xkb_id, .opcode = (uint8_t)keymap_opcode(part), .isvoid = 1
        };
        struct iovec parts[3] = { { 0 } }; /* libxcb uses two before the first */

        parts[2] = (struct iovec){ .iov_base = agent->keymap, .iov_len = agent->n_keymap };
        if (agent->n_keymap >= 8 && agent->n_keymap % 4 == 0)
                (void)xcb_send_request(agent->x, 0, parts + 2, &request);
}

/* The atoms of KEYMAP_NAMES, in their order, as they come. */
static void set_names(Agent *agent)
{
        const struct {
                uint8_t opcodes[2];
                uint16_t length, keyboard, modifiers;
                uint32_t which;
                uint8_t types[4];
                uint32_t indicators;
                uint8_t groups, others[4], unused;
                uint16_t levels;
        } head = { .keyboard = KEYBOARD,
                   .modifiers = agent->name_modifiers,
                   .which = XCB_XKB_NAME_DETAIL_SYMBOLS | XCB_XKB_NAME_DETAIL_VIRTUAL_MOD_NAMES |
                            XCB_XKB_NAME_DETAIL_GROUP_NAMES,
                   .groups = agent->name_groups };
        const xcb_protocol_request_t request = {
                .count = 2, .ext = &xcb_xkb_id, .opcode = XCB_XKB_SET_NAMES, .isvoid = 1
        };
        struct iovec parts[4] = { { 0 } };
        uint8_t bytes[sizeof head];

        _Static_assert(sizeof head == sizeof(xcb_xkb_set_names_request_t), "the request's own form");
        memcpy(bytes, &head, sizeof head);
        parts[2] = (struct iovec){ .iov_base = bytes, .iov_len = sizeof bytes };
        parts[3] = (struct iovec){ .iov_base = agent->name_atoms, .iov_len = agent->n_names * sizeof(xcb_atom_t) };
        (void)xcb_send_request(agent->x, 0, parts + 2, &request);
}

static void on_atom(Agent *agent, Client *none, uint32_t detail, void *reply)
{
        const xcb_intern_atom_reply_t *atom = reply;

        (void)none;
        /* Of a keyboard that was replaced since. */
        if (detail >> 8 != agent->name_round || (detail & ALL) >= agent->n_names)
                return;
        agent->name_atoms[detail & ALL] = atom != NULL ? atom->atom : 0;
        if ((detail & ALL) == agent->n_names - 1)
                set_names(agent);
}

static void ask_names(Agent *agent)
{
        KeymapNames names;

        if (keymap_names_read(&names, agent->keymap, agent->n_keymap) < 0)
                return;
        agent->name_round = (agent->name_round + 1) & 0xffffff;
        agent->name_modifiers = names.modifiers;
        agent->name_groups = names.groups;
        agent->n_names = names.n;
        for (size_t i = 0; i < names.n; i++)
                answer_expect(agent,
                              xcb_intern_atom(agent->x, 0, (uint16_t)strlen(names.texts[i]), names.texts[i]).sequence,
                              NULL, agent->name_round << 8 | (uint32_t)i, on_atom);
}

static void set_rules(const Agent *agent)
{
        (void)xcb_change_property(agent->x, XCB_PROP_MODE_REPLACE, agent->screen->root,
                                  agent->atoms[ATOM_XKB_RULES_NAMES], XCB_ATOM_STRING, 8, (uint32_t)agent->n_keymap,
                                  agent->keymap);
}

void keyboard_on_piece(Agent *agent, const Letter *letter)
{
        size_t n = letter->is.keymap.n;
        uint8_t *grown = NULL;

        if (!agent->has_xkb || letter->is.keymap.kind >= _KEYMAP_PART_MAX)
                return;
        if (agent->keymap_part != letter->is.keymap.kind || agent->n_keymap + n > KEYMAP_BYTES_MAX)
                agent->n_keymap = 0;
        agent->keymap_part = letter->is.keymap.kind;
        grown = realloc(agent->keymap, agent->n_keymap + n);
        if (grown == NULL)
                return;
        agent->keymap = grown;
        memcpy(agent->keymap + agent->n_keymap, letter->is.keymap.bytes, n);
        agent->n_keymap += n;
        if (letter->is.keymap.last == 0)
                return;
        if (keymap_opcode(letter->is.keymap.kind) >= 0)
                set_part(agent, letter->is.keymap.kind);
        else if (letter->is.keymap.kind == KEYMAP_NAMES)
                ask_names(agent);
        else
                set_rules(agent);
        free(agent->keymap);
        agent->keymap = NULL;
        agent->n_keymap = 0;
}

void keyboard_on_locks(Agent *agent, const Letter *letter)
{
        if (agent->has_xkb)
                (void)xcb_xkb_latch_lock_state(agent->x, KEYBOARD, ALL, (uint8_t)letter->is.locks.modifiers, 1,
                                               (uint8_t)letter->is.locks.group, ALL, 1, 0);
}

/* Keys that are held repeat inside, as they do outside. */
void keyboard_on_repeat(Agent *agent, const Letter *letter)
{
        const uint32_t mode = letter->is.repeat.on != 0 ? XCB_AUTO_REPEAT_MODE_ON : XCB_AUTO_REPEAT_MODE_OFF;
        static const uint8_t every_key[32];

        (void)xcb_change_keyboard_control(agent->x, XCB_KB_AUTO_REPEAT_MODE, &mode);
        if (agent->has_xkb && letter->is.repeat.delay_ms > 0 && letter->is.repeat.interval_ms > 0)
                (void)xcb_xkb_set_controls(agent->x, KEYBOARD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                           XCB_XKB_BOOL_CTRL_REPEAT_KEYS, (uint16_t)letter->is.repeat.delay_ms,
                                           (uint16_t)letter->is.repeat.interval_ms, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                           every_key);
}

void keyboard_listen(Agent *agent)
{
        if (agent->has_xkb)
                (void)xcb_xkb_select_events(agent->x, KEYBOARD, XCB_XKB_EVENT_TYPE_BELL_NOTIFY, 0,
                                            XCB_XKB_EVENT_TYPE_BELL_NOTIFY, 0, 0, NULL);
}

void keyboard_on_bell(Agent *agent, const xcb_generic_event_t *event)
{
        if (event->pad0 != XCB_XKB_BELL_NOTIFY)
                return;
        agent->letter->type = LETTER_BELL;
        agent->letter->slot = 0;
        post_send(agent->post, agent->letter, -1);
}
