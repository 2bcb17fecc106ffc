/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Selections of the inner server.  What an app copies is read at once, if the daemon wants to hear of it, and told;
 * what the person has is offered as long as the daemon says so, and asked for when an app pastes it. */

#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "agent/inner.h"

enum {
        BYTES_MAX = 256 * 1024, /* of what an app has; the daemon takes less */
        WORDS_MAX = BYTES_MAX / 4,
};

static const Atom selection_atoms[] = { [CLIP_CLIPBOARD] = ATOM_CLIPBOARD, [CLIP_PRIMARY] = _ATOM_MAX };
_Static_assert(sizeof selection_atoms == _CLIP_SELECTION_MAX * sizeof *selection_atoms, "a selection is missing");

static xcb_atom_t selection_atom(const Agent *agent, unsigned selection)
{
        return selection_atoms[selection] == _ATOM_MAX ? XCB_ATOM_PRIMARY : agent->atoms[selection_atoms[selection]];
}

static Clip *clip_of(Agent *agent, xcb_atom_t atom)
{
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++)
                if (atom == selection_atom(agent, i))
                        return &agent->clips[i];
        return NULL;
}

static unsigned selection_of(const Agent *agent, const Clip *clip)
{
        return (unsigned)(clip - agent->clips);
}

static void tell(Agent *agent, const Clip *clip, LetterClip kind, const void *bytes, size_t n, bool last)
{
        agent->letter->type = LETTER_TAKE;
        agent->letter->slot = 0;
        agent->letter->is.clip.selection = selection_of(agent, clip);
        agent->letter->is.clip.kind = kind;
        agent->letter->is.clip.n = (uint32_t)n;
        agent->letter->is.clip.last = last;
        if (n > 0)
                memcpy(agent->letter->is.clip.bytes, bytes, n);
        post_send(agent->post, agent->letter, -1);
}

static void tell_text(Agent *agent, const Clip *clip)
{
        for (size_t at = 0, n = 0; at < clip->text.n; at += n) {
                n = clip->text.n - at < LETTER_CHUNK_BYTES ? clip->text.n - at : LETTER_CHUNK_BYTES;
                tell(agent, clip, CLIP_TEXT, clip->text.bytes + at, n, at + n == clip->text.n);
        }
}

/* ---- what an app has ---- */

static void end_reading(Clip *clip)
{
        clip->is_reading = clip->is_in_pieces = false;
        buffer_clear(&clip->text);
}

static void on_text(Agent *agent, Client *none, uint32_t selection, void *reply)
{
        Clip *clip = &agent->clips[selection];
        const xcb_get_property_reply_t *property = reply;
        size_t n = 0;
        const char *untrusted = answer_property(reply, 8, &n);

        (void)none;
        if (!clip->is_reading)
                return;
        if (property != NULL && property->type == agent->atoms[ATOM_INCR]) {
                /* It comes piece by piece, each when the last was taken away. */
                clip->is_in_pieces = true;
                return;
        }
        if (n > 0 && clip->text.n + n <= BYTES_MAX) {
                buffer_add(&clip->text, untrusted, n);
                if (clip->is_in_pieces)
                        return;
        }
        if (!clip->text.failed)
                tell_text(agent, clip);
        end_reading(clip);
}

static void read_property(Agent *agent, const Clip *clip)
{
        answer_expect(agent,
                      xcb_get_property(agent->x, 1, agent->check, selection_atom(agent, selection_of(agent, clip)),
                                       XCB_ATOM_ANY, 0, WORDS_MAX)
                              .sequence,
                      NULL, selection_of(agent, clip), on_text);
}

void clip_on_owner(Agent *agent, const xcb_xfixes_selection_notify_event_t *event)
{
        Clip *clip = clip_of(agent, event->selection);

        if (clip == NULL || event->owner == agent->check)
                return;
        clip->is_ours = false;
        if (event->owner == 0 || !clip->is_heard)
                return;
        end_reading(clip);
        clip->is_reading = true;
        /* The property has the selection's own name. */
        (void)xcb_convert_selection(agent->x, agent->check, event->selection, agent->atoms[ATOM_UTF8_STRING],
                                    event->selection, event->selection_timestamp);
}

void clip_on_cleared(Agent *agent, const xcb_selection_clear_event_t *event)
{
        Clip *clip = clip_of(agent, event->selection);

        if (clip != NULL && event->owner == agent->check)
                clip->is_ours = false;
}

void clip_on_converted(Agent *agent, const xcb_selection_notify_event_t *event)
{
        Clip *clip = clip_of(agent, event->selection);

        if (clip == NULL || !clip->is_reading || event->requestor != agent->check)
                return;
        if (event->property == 0)
                end_reading(clip);
        else
                read_property(agent, clip);
}

void clip_on_property(Agent *agent, const xcb_property_notify_event_t *event)
{
        Clip *clip = clip_of(agent, event->atom);

        if (clip != NULL && clip->is_in_pieces && event->state == XCB_PROPERTY_NEW_VALUE)
                read_property(agent, clip);
}

/* ---- what the person has ---- */

static void answer(Agent *agent, const xcb_selection_request_event_t *request, bool good)
{
        const xcb_selection_notify_event_t event = { .response_type = XCB_SELECTION_NOTIFY,
                                                     .time = request->time,
                                                     .requestor = request->requestor,
                                                     .selection = request->selection,
                                                     .target = request->target,
                                                     .property = good ? request->property : 0 };

        (void)xcb_send_event(agent->x, 0, request->requestor, XCB_EVENT_MASK_NO_EVENT, (const char *)&event);
}

static bool is_text(const Agent *agent, xcb_atom_t target)
{
        return target == agent->atoms[ATOM_UTF8_STRING] || target == agent->atoms[ATOM_TEXT_PLAIN];
}

void clip_on_request(Agent *agent, const xcb_selection_request_event_t *event)
{
        Clip *clip = clip_of(agent, event->selection);
        xcb_selection_request_event_t request = *event;

        if (request.property == 0)
                request.property = request.target;
        if (clip != NULL && clip->is_ours && request.target == agent->atoms[ATOM_TARGETS]) {
                const xcb_atom_t targets[] = { agent->atoms[ATOM_TARGETS], agent->atoms[ATOM_UTF8_STRING],
                                               agent->atoms[ATOM_TEXT_PLAIN] };

                (void)xcb_change_property(agent->x, XCB_PROP_MODE_REPLACE, request.requestor, request.property,
                                          XCB_ATOM_ATOM, 32, sizeof targets / sizeof *targets, targets);
                answer(agent, &request, true);
                return;
        }
        if (clip == NULL || !clip->is_ours || !is_text(agent, request.target) || clip->n_waiting == CLIP_WAITING) {
                answer(agent, &request, false);
                return;
        }
        clip->waiting[clip->n_waiting++] = request;
        if (clip->n_waiting == 1)
                tell(agent, clip, CLIP_WANT, NULL, 0, true);
}

static void answer_all(Agent *agent, Clip *clip, bool good)
{
        for (size_t i = 0; i < clip->n_waiting; i++) {
                const xcb_selection_request_event_t *request = &clip->waiting[i];

                if (good)
                        (void)xcb_change_property(agent->x, XCB_PROP_MODE_REPLACE, request->requestor,
                                                  request->property, request->target, 8, (uint32_t)clip->given.n,
                                                  clip->given.bytes);
                answer(agent, request, good);
        }
        clip->n_waiting = 0;
        buffer_clear(&clip->given);
}

static void offer(Agent *agent, Clip *clip)
{
        (void)xcb_set_selection_owner(agent->x, agent->check, selection_atom(agent, selection_of(agent, clip)),
                                      XCB_CURRENT_TIME);
        clip->is_ours = true;
}

void clip_on_letter(Agent *agent, const Letter *letter)
{
        Clip *clip = &agent->clips[letter->is.clip.selection];

        switch ((LetterClip)letter->is.clip.kind) {
        case CLIP_LISTEN:
                if (!clip->is_heard)
                        (void)xcb_xfixes_select_selection_input(agent->x, agent->check,
                                                                selection_atom(agent, letter->is.clip.selection),
                                                                XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER);
                clip->is_heard = true;
                break;
        case CLIP_OFFER:
                offer(agent, clip);
                break;
        case CLIP_TEXT:
                if (clip->given.n + letter->is.clip.n <= BYTES_MAX)
                        buffer_add(&clip->given, letter->is.clip.bytes, letter->is.clip.n);
                if (letter->is.clip.last != 0)
                        answer_all(agent, clip, !clip->given.failed);
                break;
        case CLIP_NOTHING:
                answer_all(agent, clip, false);
                break;
        case CLIP_WANT:
        case _CLIP_KIND_MAX:
        default:
                break;
        }
}

void clip_renew(Agent *agent)
{
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++)
                answer_all(agent, &agent->clips[i], false);
}

void clip_end(Agent *agent)
{
        for (unsigned i = 0; i < _CLIP_SELECTION_MAX; i++) {
                buffer_clear(&agent->clips[i].text);
                buffer_clear(&agent->clips[i].given);
        }
}
