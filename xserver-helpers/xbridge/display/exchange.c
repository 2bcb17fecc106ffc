/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Selections between the person's display and the box, as the profile allows: text alone, cleaned, a limited size, and
 * only when the person has just done something in a window of the box.  Without leave nothing is owned, read or told.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "base/buffer.h"
#include "display/display.h"
#include "judge/text.h"

enum {
        READ_MS = 5000,
        INCOMING_MAX = 256 * 1024, /* before it is cleaned */
        FIRST_LINE = 60,
};

static const char *const names[] = { [CLIP_CLIPBOARD] = "clipboard", [CLIP_PRIMARY] = "primary" };
_Static_assert(sizeof names == _CLIP_SELECTION_MAX * sizeof *names, "a selection is missing");

static bool goes_in(const Exchange *exchange)
{
        return exchange->policy == EXCHANGE_TO_APP || exchange->policy == EXCHANGE_BOTH ||
               exchange->policy == EXCHANGE_ASK;
}

static bool goes_out(const Exchange *exchange)
{
        return exchange->policy == EXCHANGE_FROM_APP || exchange->policy == EXCHANGE_BOTH ||
               exchange->policy == EXCHANGE_ASK;
}

static const char *name_of(const Display *display, const Exchange *exchange)
{
        return names[exchange - display->exchanges];
}

static Exchange *exchange_of(Display *display, xcb_atom_t atom)
{
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++)
                if (display->exchanges[i].atom == atom)
                        return &display->exchanges[i];
        return NULL;
}

static void
give(const Display *display, const Exchange *exchange, LetterClip kind, const char *bytes, size_t n, bool last)
{
        Letter *letter = calloc(1, sizeof *letter);

        if (letter == NULL)
                return;
        letter->type = LETTER_GIVE;
        letter->is.clip.selection = (uint32_t)(exchange - display->exchanges);
        letter->is.clip.kind = kind;
        letter->is.clip.n = (uint32_t)n;
        letter->is.clip.last = last;
        if (n > 0)
                memcpy(letter->is.clip.bytes, bytes, n);
        bridge_tell(display->bridge, letter);
        free(letter);
}

static void note(const Display *display, const Exchange *exchange, const char *via, bool allowed, size_t n)
{
        const char *name = name_of(display, exchange);
        char mend[64] = "";

        if (!allowed)
                (void)snprintf(mend, sizeof mend, "[Display] %s=%s", name, via);
        ledger_note(display->ledger, name, via, allowed, (int64_t)n, allowed ? NULL : mend, display_now_ms());
}

static LedgerAnswer
ask(const Display *display, const Exchange *exchange, const char *via, const Buffer *text, uint64_t *ret_seq)
{
        CLEANUP(buffer_clear) Buffer summary = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer line = BUFFER_INIT;
        char subject[64], rule[64];
        const char *name = name_of(display, exchange);

        (void)snprintf(subject, sizeof subject, "%s %s", name, via);
        (void)snprintf(rule, sizeof rule, "[Display] %s=%s", name, via);
        if (text == NULL) {
                buffer_printf(&summary, "wants to read text from your %s", name);
        } else {
                size_t n = 0;

                while (n < text->n && n < FIRST_LINE && text->bytes[n] != '\n')
                        n++;
                buffer_add(&line, text->bytes, n);
                buffer_printf(&summary, "wants to put text of %zu bytes into your %s: ", text->n, name);
                buffer_add_escaped(&summary, buffer_text(&line) != NULL ? line.bytes : "");
        }
        return buffer_text(&summary) == NULL ? LEDGER_NO
                                             : ledger_ask(display->ledger, subject, summary.bytes, rule, ret_seq);
}

/* ---- to the app ---- */

static void end_reading(Exchange *exchange)
{
        exchange->is_reading = exchange->is_in_pieces = false;
        buffer_clear(&exchange->text);
}

static void refuse(Display *display, Exchange *exchange)
{
        end_reading(exchange);
        give(display, exchange, CLIP_NOTHING, NULL, 0, true);
}

static void read_selection(Display *display, Exchange *exchange)
{
        exchange->is_reading = true;
        exchange->deadline_ms = display_now_ms() + READ_MS;
        (void)xcb_delete_property(display->x, display->leader, exchange->atom);
        (void)xcb_convert_selection(display->x, display->leader, exchange->atom, display->atoms[ATOM_UTF8_STRING],
                                    exchange->atom, display->time);
}

static void on_want(Display *display, Exchange *exchange)
{
        LedgerAnswer answer = LEDGER_YES;

        if (exchange->is_reading || exchange->asked_in != 0)
                return;
        if (!goes_in(exchange) || !bridge_is_in_use(display->bridge, display_now_ms())) {
                note(display, exchange, "to-app", false, 0);
                refuse(display, exchange);
                return;
        }
        if (exchange->policy == EXCHANGE_ASK)
                answer = ask(display, exchange, "to-app", NULL, &exchange->asked_in);
        if (answer == LEDGER_YES) {
                read_selection(display, exchange);
        } else if (answer == LEDGER_NO) {
                note(display, exchange, "to-app", false, 0);
                refuse(display, exchange);
        }
}

static void give_text(Display *display, Exchange *exchange)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        if (exchange->text.n > 0 && !exchange->text.failed)
                text_clean(&text, exchange->text.bytes, exchange->text.n);
        if (text.n == 0 || text.failed) {
                refuse(display, exchange);
                return;
        }
        for (size_t at = 0, n = 0; at < text.n; at += n) {
                n = text.n - at < LETTER_CHUNK_BYTES ? text.n - at : LETTER_CHUNK_BYTES;
                give(display, exchange, CLIP_TEXT, text.bytes + at, n, at + n == text.n);
        }
        note(display, exchange, "to-app", true, text.n);
        end_reading(exchange);
}

/* What the owner wrote: all of it, the sign that it comes in pieces, or a piece; an empty one is the end. */
static void take_property(Display *display, Exchange *exchange)
{
        xcb_get_property_reply_t *reply = xcb_get_property_reply(
                display->x,
                xcb_get_property(display->x, 1, display->leader, exchange->atom, XCB_ATOM_ANY, 0, INCOMING_MAX / 4),
                NULL);
        size_t n = reply != NULL && reply->format == 8 ? (size_t)xcb_get_property_value_length(reply) : 0;

        if (reply != NULL && reply->type == display->atoms[ATOM_INCR]) {
                exchange->is_in_pieces = true;
        } else if (n > 0 && exchange->text.n + n <= INCOMING_MAX) {
                buffer_add(&exchange->text, xcb_get_property_value(reply), n);
                if (!exchange->is_in_pieces)
                        give_text(display, exchange);
        } else {
                give_text(display, exchange);
        }
        free(reply);
}

static void on_converted(Display *display, const xcb_selection_notify_event_t *event)
{
        Exchange *exchange = exchange_of(display, event->selection);

        if (exchange == NULL || !exchange->is_reading || event->requestor != display->leader)
                return;
        if (event->property == 0)
                refuse(display, exchange);
        else
                take_property(display, exchange);
}

void exchange_on_property(Display *display, const xcb_property_notify_event_t *event)
{
        Exchange *exchange = exchange_of(display, event->atom);

        if (exchange != NULL && exchange->is_in_pieces && event->state == XCB_PROPERTY_NEW_VALUE)
                take_property(display, exchange);
}

/* The box learns that there is something else to paste, but only while the person works with it. */
static void offer(const Display *display, Exchange *exchange)
{
        if (!goes_in(exchange) || !exchange->is_new || !bridge_has_focus(display->bridge))
                return;
        exchange->is_new = false;
        give(display, exchange, CLIP_OFFER, NULL, 0, true);
}

/* ---- from the app ---- */

static void own(Display *display, Exchange *exchange)
{
        buffer_clear(&exchange->owned);
        exchange->owned = exchange->pending;
        exchange->pending = (Buffer)BUFFER_INIT;
        exchange->owned_time = display->time;
        (void)xcb_set_selection_owner(display->x, display->leader, exchange->atom, display->time);
        note(display, exchange, "from-app", true, exchange->owned.n);
}

static void on_copied(Display *display, Exchange *exchange)
{
        LedgerAnswer answer = LEDGER_YES;

        buffer_clear(&exchange->pending);
        if (!exchange->incoming.failed)
                text_clean(&exchange->pending, exchange->incoming.bytes, exchange->incoming.n);
        buffer_clear(&exchange->incoming);
        if (exchange->pending.n == 0 || exchange->pending.failed)
                return;
        if (!goes_out(exchange) || !bridge_is_in_use(display->bridge, display_now_ms()))
                answer = LEDGER_NO;
        else if (exchange->policy == EXCHANGE_ASK)
                answer = ask(display, exchange, "from-app", &exchange->pending, &exchange->asked_out);
        if (answer == LEDGER_YES) {
                own(display, exchange);
        } else if (answer == LEDGER_NO) {
                note(display, exchange, "from-app", false, exchange->pending.n);
                buffer_clear(&exchange->pending);
        }
}

void exchange_on_letter(Display *display, const Letter *letter)
{
        Exchange *exchange = &display->exchanges[letter->is.clip.selection];

        if (letter->is.clip.kind == CLIP_WANT) {
                on_want(display, exchange);
        } else if (letter->is.clip.kind == CLIP_TEXT && goes_out(exchange)) {
                if (exchange->incoming.n + letter->is.clip.n > INCOMING_MAX)
                        buffer_clear(&exchange->incoming);
                buffer_add(&exchange->incoming, letter->is.clip.bytes, letter->is.clip.n);
                if (letter->is.clip.last != 0)
                        on_copied(display, exchange);
        }
}

static void on_request(const Display *display, const Exchange *exchange, const xcb_selection_request_event_t *request)
{
        xcb_atom_t property = request->property != 0 ? request->property : request->target;
        const xcb_atom_t targets[] = { display->atoms[ATOM_TARGETS], display->atoms[ATOM_TIMESTAMP],
                                       display->atoms[ATOM_UTF8_STRING], display->atoms[ATOM_TEXT_PLAIN] };
        const uint32_t time = exchange->owned_time;
        xcb_selection_notify_event_t event = { .response_type = XCB_SELECTION_NOTIFY,
                                               .time = request->time,
                                               .requestor = request->requestor,
                                               .selection = request->selection,
                                               .target = request->target,
                                               .property = property };

        if (exchange->owned.n == 0)
                event.property = 0;
        else if (request->target == targets[0])
                (void)xcb_change_property(display->x, XCB_PROP_MODE_REPLACE, request->requestor, property,
                                          XCB_ATOM_ATOM, 32, sizeof targets / sizeof *targets, targets);
        else if (request->target == targets[1])
                (void)xcb_change_property(display->x, XCB_PROP_MODE_REPLACE, request->requestor, property,
                                          XCB_ATOM_INTEGER, 32, 1, &time);
        else if (request->target == targets[2] || request->target == targets[3])
                /* It fits: no request of X is shorter than 256 KiB. */
                (void)xcb_change_property(display->x, XCB_PROP_MODE_REPLACE, request->requestor, property,
                                          request->target, 8, (uint32_t)exchange->owned.n, exchange->owned.bytes);
        else
                event.property = 0;
        (void)xcb_send_event(display->x, 0, request->requestor, XCB_EVENT_MASK_NO_EVENT, (const char *)&event);
}

/* ---- both ---- */

bool exchange_on_event(Display *display, const xcb_generic_event_t *event)
{
        const xcb_xfixes_selection_notify_event_t *owner = (const xcb_xfixes_selection_notify_event_t *)event;
        uint8_t type = event->response_type & 0x7f;
        Exchange *exchange = NULL;

        if (display->has_xfixes && type == display->xfixes_event + XCB_XFIXES_SELECTION_NOTIFY) {
                exchange = exchange_of(display, owner->selection);
                if (exchange != NULL)
                        exchange->is_new = owner->owner != 0 && owner->owner != display->leader;
                return true;
        }
        if (type == XCB_SELECTION_REQUEST) {
                exchange = exchange_of(display, ((const xcb_selection_request_event_t *)event)->selection);
                if (exchange != NULL)
                        on_request(display, exchange, (const xcb_selection_request_event_t *)event);
        } else if (type == XCB_SELECTION_CLEAR) {
                exchange = exchange_of(display, ((const xcb_selection_clear_event_t *)event)->selection);
                if (exchange != NULL)
                        buffer_clear(&exchange->owned);
        } else if (type == XCB_SELECTION_NOTIFY) {
                on_converted(display, (const xcb_selection_notify_event_t *)event);
        }
        return type >= XCB_SELECTION_CLEAR && type <= XCB_SELECTION_NOTIFY;
}

static void on_answer(Display *display, uint64_t seq, bool allow)
{
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++) {
                Exchange *exchange = &display->exchanges[i];

                if (exchange->asked_in == seq) {
                        exchange->asked_in = 0;
                        if (allow) {
                                read_selection(display, exchange);
                        } else {
                                note(display, exchange, "to-app", false, 0);
                                refuse(display, exchange);
                        }
                } else if (exchange->asked_out == seq) {
                        exchange->asked_out = 0;
                        if (allow && exchange->pending.n > 0)
                                own(display, exchange);
                        else
                                note(display, exchange, "from-app", false, exchange->pending.n);
                        buffer_clear(&exchange->pending);
                }
        }
}

void exchange_settle(Display *display)
{
        uint64_t seq = 0;
        bool allow = false;

        while (ledger_receive(display->ledger, &seq, &allow) > 0)
                on_answer(display, seq, allow);
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++) {
                Exchange *exchange = &display->exchanges[i];

                offer(display, exchange);
                if (exchange->is_reading && display_now_ms() >= exchange->deadline_ms)
                        refuse(display, exchange);
        }
}

int exchange_wait_ms(const Display *display, int64_t now_ms)
{
        int wait_ms = -1;

        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++) {
                const Exchange *exchange = &display->exchanges[i];
                int left = exchange->deadline_ms > now_ms ? (int)(exchange->deadline_ms - now_ms) : 0;

                if (exchange->is_reading && (wait_ms < 0 || left < wait_ms))
                        wait_ms = left;
        }
        return wait_ms;
}

void exchange_renew(Display *display)
{
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++) {
                Exchange *exchange = &display->exchanges[i];

                exchange->is_new = true;
                exchange->asked_in = exchange->asked_out = 0;
                end_reading(exchange);
                buffer_clear(&exchange->incoming);
                if (goes_out(exchange))
                        give(display, exchange, CLIP_LISTEN, NULL, 0, true);
        }
}

void exchange_begin(Display *display)
{
        const xcb_query_extension_reply_t *xfixes = xcb_get_extension_data(display->x, &xcb_xfixes_id);
        const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;

        display->exchanges[CLIP_CLIPBOARD].policy = display->options->clipboard;
        display->exchanges[CLIP_CLIPBOARD].atom = display->atoms[ATOM_CLIPBOARD];
        display->exchanges[CLIP_PRIMARY].policy = display->options->primary;
        display->exchanges[CLIP_PRIMARY].atom = XCB_ATOM_PRIMARY;
        (void)xcb_change_window_attributes(display->x, display->leader, XCB_CW_EVENT_MASK, &events);
        if (xfixes == NULL || xfixes->present == 0)
                return;
        display->has_xfixes = true;
        display->xfixes_event = xfixes->first_event;
        xcb_discard_reply(display->x, xcb_xfixes_query_version(display->x, 5, 0).sequence);
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++)
                if (goes_in(&display->exchanges[i]))
                        (void)xcb_xfixes_select_selection_input(display->x, display->leader, display->exchanges[i].atom,
                                                                XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER);
}

void exchange_end(Display *display)
{
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++) {
                end_reading(&display->exchanges[i]);
                buffer_clear(&display->exchanges[i].incoming);
                buffer_clear(&display->exchanges[i].pending);
                buffer_clear(&display->exchanges[i].owned);
        }
}
