/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole relay in one process, between peers on both sides that know the protocol and do what the input says: three
 * clients of one host bus, behind the filter alone or behind the split and the filter, with sockets, authentication,
 * descriptors, bytes in pieces, owners that change, replies that were forged, and peers that don't read.
 *
 * What comes out is held to these laws:
 *
 *   policy     what reaches the bus, or a client, is what the rules allow by any name that its peer ever had
 * (bus-model.c) delivery   what the rules allow by the names that were known when it was sent arrives: once, unchanged,
 * in order answers    each call is answered once: by whom it went to, or by a refusal; and none that was allowed is
 * refused ends       no connection ends but by its peer's end or fault memory     what is held is bounded, whoever
 * sends how much and whoever does not read
 *
 * A client that breaks the protocol is held to the first and last only. */
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bus-ends.h"
#include "bus-script.h"
#include "link/link.h"
#include "link/split-link.h"
#include "link/tracker-link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

enum {
        APPS = 3,
        PEERS = 4,
        SENT_MAX = 160,
        STEPS_MAX = 400,
        LONG_BYTES = 200 * 1024,
        FLOOD = 24,
        FLOOD_BYTES = 64 * 1024,
        /* Of one client: what is held in both directions, in the filter and in the split. */
        MEMORY_MAX = 3 * 1024 * 1024,
};

/* A law is broken: says which. */
#define LAW(holds)                                                                                                     \
        do {                                                                                                           \
                if (!(holds)) {                                                                                        \
                        (void)fprintf(stderr, "%s:%d: law broken: %s\n", __FILE__, __LINE__, #holds);                  \
                        abort();                                                                                       \
                }                                                                                                      \
        } while (0)

/* A message that somebody sent, its body cut short. */
typedef struct Sent {
        ModelMessage message;
        Buffer bytes;
        uint64_t hash;
        uint32_t told; /* names of the other side, if that is a peer, known when it was sent */
        bool must;     /* it was allowed then */
        bool delivered;
        bool answered; /* a call, by somebody */
        bool replaced; /* a call that became GetId; what answers a replaced one */
} Sent;

typedef struct Log {
        Sent sent[SENT_MAX];
        size_t n, next; /* behind the last that was delivered */
} Log;

/* A call that was delivered to where its answer comes from. */
typedef struct Pending {
        uint32_t serial;
        const char *caller; /* its unique name; or NULL: the client */
        char callee[32];    /* of the client's calls */
} Pending;

typedef struct App {
        End app, host, inner; /* of the client, and of the two buses */
        Link *link;
        SplitLink *split;
        int link_client; /* the filter's socket to the split is the link's; -1 without a split */
        bool lives, odd; /* odd: it broke the protocol, or is allowed to end */
        bool greeted, stalled, host_stalled;
        char unique[24];
        unsigned index; /* in people */
        uint32_t serial, host_serial, inner_serial;
        Log from_app, from_host, from_inner;
        uint32_t heard; /* peers that may be visible since they wrote (or were written to) */
        uint32_t heard_for_certain;
} App;

typedef struct World {
        Script script;
        uint32_t rules;
        bool sloppy, split;
        BusPolicy *policy, *inner_policy;
        BusOptions options, inner_options;
        LinkShared shared;
        TrackerLink *tracker;
        End tracker_end;
        Buffer matches; /* of the tracker */
        uint32_t tracker_serial;
        App apps[APPS];
        ScriptPeople people;
        uint32_t owned[SCRIPT_UNIQUE_MAX]; /* names that it has, or had */
        uint32_t told[SCRIPT_UNIQUE_MAX];  /* those of which the tracker was told */
        uint32_t gone;                     /* people who left the bus */
        unsigned peers[PEERS];             /* in people */
        int owner[MODEL_N_NAMES];          /* in people; -1 */
        Buffer gathered[_SPLIT_SIDE_MAX];
        size_t memory_before;
} World;

static uint8_t scratch[LINK_SCRATCH_BYTES];

static uint64_t hash(const void *bytes, size_t n)
{
        uint64_t h = UINT64_C(14695981039346656037), part = 0;
        const uint8_t *p = bytes;
        size_t left = n;

        for (; left >= sizeof part; left -= sizeof part, p += sizeof part) {
                memcpy(&part, p, sizeof part);
                h = (h ^ part) * UINT64_C(1099511628211);
                h ^= h >> 29;
        }
        for (; left > 0; left--, p++)
                h = (h ^ *p) * UINT64_C(1099511628211);
        return h ^ n;
}

static bool is_call(const ModelMessage *message)
{
        return message->type == MODEL_CALL;
}

static bool is_reply(const ModelMessage *message)
{
        return message->type == MODEL_RETURN || message->type == MODEL_ERROR;
}

static bool is_list_call(const ModelMessage *message)
{
        return model_is_to_bus(message) &&
               (model_is(message->member, "ListNames") || model_is(message->member, "ListActivatableNames"));
}

static bool is_method(const ModelMessage *message, const char *member)
{
        return model_is_to_bus(message) && model_is(message->interface, MODEL_BUS) && model_is(message->member, member);
}

/* ORIEL_FUZZ_TRACE=1: what goes where, for whoever looks at a finding. */
static void trace(const World *world, const App *app, const char *what, const ModelMessage *message)
{
        static const char *const types[] = { "?", "call", "return", "error", "signal" };

        if (getenv("ORIEL_FUZZ_TRACE") == NULL)
                return;
        (void)fprintf(stderr, "%ld%s %-12s #%x %s%s %s -> %s %s.%s %s (%s) reply to %x, %zu bytes, %u fds\n",
                      app - world->apps, app->odd ? "!" : "", what, message->serial,
                      types[message->type <= MODEL_SIGNAL ? message->type : 0],
                      (message->flags & MODEL_NO_REPLY) != 0 ? "*" : "",
                      message->sender != NULL ? message->sender : "-",
                      message->destination != NULL ? message->destination : "-",
                      message->interface != NULL ? message->interface : "-",
                      message->member != NULL ? message->member : "-", message->path != NULL ? message->path : "-",
                      model_string(message, 0) != NULL ? model_string(message, 0) : "", message->reply, message->n_body,
                      message->n_fds);
}

/* ---- who is who ---- */

static int person(const World *world, const char *unique)
{
        for (unsigned i = 0; unique != NULL && i < world->people.n_unique; i++)
                if (strcmp(world->people.unique[i], unique) == 0)
                        return (int)i;
        return -1;
}

static bool is_gone(const World *world, const char *unique)
{
        int i = person(world, unique);

        return i >= 0 && (world->gone >> i & 1) != 0;
}

static uint32_t outer_names(const World *world, uint32_t names)
{
        for (unsigned i = 0; world->split && i < MODEL_N_NAMES; i++)
                if (model_is_inner(model_names[i]))
                        names &= ~(1u << i);
        return names;
}

/* What is certain of a name, or what may be: since a message was sent of which `sent` tells, or NULL. */
typedef enum Doubt { FOR_CERTAIN, AT_MOST } Doubt;

static ModelPeer peer_of(const World *world, const App *app, const char *name, const Sent *sent, Doubt doubt)
{
        uint32_t heard = doubt == FOR_CERTAIN ? app->heard_for_certain : app->heard;
        ModelPeer peer = { 0 };
        uint32_t told, owned;
        int i;

        if (name == NULL)
                return peer;
        if (strcmp(name, MODEL_BUS) == 0) {
                peer.at_least = BUS_ACCESS_TALK;
                return peer;
        }
        if (name[0] != ':') {
                i = model_name(name);
                peer.names = peer.denying = outer_names(world, i >= 0 ? 1u << i : 0);
                return peer;
        }
        i = person(world, name);
        if (i < 0)
                return peer;
        told = outer_names(world, sent != NULL ? sent->told : world->told[i]);
        owned = outer_names(world, world->owned[i]);
        peer.names = doubt == FOR_CERTAIN ? told : owned;
        peer.denying = doubt == FOR_CERTAIN ? owned : told;
        if ((heard >> i & 1) != 0)
                peer.at_least = BUS_ACCESS_SEE;
        if (app->greeted && strcmp(name, app->unique) == 0)
                peer.at_least = BUS_ACCESS_TALK;
        return peer;
}

/* ---- logs ---- */

static size_t log_memory(const Log *log)
{
        size_t n = 0;

        for (size_t i = 0; i < log->n; i++)
                n += log->sent[i].bytes.room;
        return n;
}

static void log_clear(Log *log)
{
        for (size_t i = 0; i < log->n; i++)
                buffer_clear(&log->sent[i].bytes);
        log->n = log->next = 0;
}

/* NULL: it is full. */
static Sent *log_add(Log *log, const Buffer *bytes)
{
        Sent *sent = log->n < SENT_MAX ? &log->sent[log->n++] : NULL;
        size_t n_kept;

        if (sent == NULL)
                return NULL;
        *sent = (Sent){ .hash = hash(bytes->bytes, bytes->n) };
        if (!model_read(&sent->message, (const uint8_t *)bytes->bytes, bytes->n, false))
                abort();
        n_kept = sent->message.n_header + (sent->message.n_body < 512 ? sent->message.n_body : 512);
        buffer_add(&sent->bytes, bytes->bytes, n_kept);
        model_read(&sent->message, (const uint8_t *)sent->bytes.bytes, sent->bytes.n, false);
        sent->message.n_body = n_kept - sent->message.n_header;
        return sent;
}

/* The call with that serial that has no answer yet; of several the first. */
static Sent *log_call(Log *log, uint32_t serial, bool delivered)
{
        for (size_t i = 0; i < log->n; i++) {
                Sent *sent = &log->sent[i];

                if (is_call(&sent->message) && sent->message.serial == serial && !sent->answered &&
                    (sent->message.flags & MODEL_NO_REPLY) == 0 && sent->delivered == delivered)
                        return sent;
        }
        return NULL;
}

/* ---- what may pass ---- */

/* Does the side of this name lie inside? */
static bool is_inside(const World *world, const char *name)
{
        return world->split && name != NULL && (model_is_inner(name) || strncmp(name, ":inner.", 7) == 0);
}

/* To which bus a client's message goes; both: 3. */
static unsigned side_of(const World *world, const ModelMessage *message)
{
        if (!world->split)
                return 1;
        if (message->destination == NULL)
                return message->type == MODEL_SIGNAL ? (message->n_fds > 0 ? 1 : 3) : 1;
        if (!model_is_to_bus(message))
                return is_inside(world, message->destination) ? 2 : 1;
        return model_is_about_name(message) && is_inside(world, model_string(message, 0)) ? 2 : 1;
}

/* Rules that any bus takes, and that are none of the inner bus's. */
static bool is_plain_match(const char *rule)
{
        return model_is(rule, "") || model_is(rule, "type='signal'") ||
               model_is(rule, "sender='a.talk',path_namespace='/p'") || model_is(rule, "arg63path='/p/',interface=i.f");
}

/* The first answer to a peer's call; for certain only where the client had the call. */
static bool is_awaited_of_client(const World *world, const App *app, const ModelMessage *reply, bool for_certain)
{
        if (for_certain && is_gone(world, reply->destination))
                return false;
        for (size_t i = 0; for_certain && i + 1 < app->from_app.n; i++) {
                const ModelMessage *earlier = &app->from_app.sent[i].message;

                if (is_reply(earlier) && earlier->reply == reply->reply && earlier->destination != NULL &&
                    model_is(reply->destination, earlier->destination))
                        return false;
        }
        for (size_t i = 0; i < app->from_host.n; i++) {
                const Sent *call = &app->from_host.sent[i];

                if (is_call(&call->message) && call->message.serial == reply->reply &&
                    model_is(call->message.sender, reply->destination != NULL ? reply->destination : "") &&
                    (call->message.flags & MODEL_NO_REPLY) == 0 && !call->answered && (!for_certain || call->delivered))
                        return true;
        }
        return false;
}

/* May the client send this to the host's bus? */
static bool may_send(const World *world, const App *app, const ModelMessage *message, const Sent *sent, Doubt doubt)
{
        const char *name = model_string(message, 0);

        if (is_reply(message))
                return is_awaited_of_client(world, app, message, doubt == FOR_CERTAIN);
        if (doubt == FOR_CERTAIN && model_is_match_call(message) && !is_plain_match(name))
                return false;
        return model_may_send(world->rules, peer_of(world, app, message->destination, sent, doubt),
                              peer_of(world, app, name, NULL, doubt), message);
}

/* The client's call that this answers, if the one who answers may. */
static Sent *answered_call(App *app, const ModelMessage *message)
{
        Sent *call = log_call(&app->from_app, message->reply, true);
        const char *callee = call != NULL ? call->message.destination : NULL;

        if (call == NULL || call->replaced)
                return NULL;
        if (message->sender == NULL || strcmp(message->sender, MODEL_BUS) == 0)
                return call;
        if (callee == NULL || strcmp(callee, MODEL_BUS) == 0)
                return NULL;
        return callee[0] != ':' || strcmp(callee, message->sender) == 0 ? call : NULL;
}

/* May this reach the client from the host's bus? */
static bool may_hear(const World *world, App *app, const ModelMessage *message, const Sent *sent, Doubt doubt)
{
        if (message->destination != NULL && message->destination[0] == ':' && app->greeted &&
            strcmp(message->destination, app->unique) != 0)
                return false;
        if (is_reply(message))
                return answered_call(app, message) != NULL;
        return model_may_hear(world->rules, world->sloppy, peer_of(world, app, message->sender, sent, doubt),
                              peer_of(world, app, model_string(message, 0), NULL, doubt), message);
}

/* It was allowed when it was sent, and by all that was said since. */
static bool is_due(const World *world, App *app, const Sent *sent, bool from_app)
{
        const ModelMessage *message = &sent->message;

        if (!sent->must || is_reply(message))
                return sent->must && !is_gone(world, message->destination);
        if (from_app && side_of(world, message) == 2)
                return true;
        /* What somebody sent before he left is due all the same. */
        if (is_gone(world, from_app ? message->destination : NULL) || is_gone(world, model_string(message, 0)))
                return false;
        return from_app ? may_send(world, app, message, sent, FOR_CERTAIN)
                        : may_hear(world, app, message, sent, FOR_CERTAIN);
}

/* ---- the host's bus ---- */

static void host_send(World *world, App *app, ModelMessage *message, size_t n_fds)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        Sent *sent;
        Sent *call;

        if (app->host.fd < 0 || app->from_host.n == SENT_MAX)
                return;
        message->serial = ++app->host_serial;
        message->n_fds = (uint32_t)n_fds;
        model_write(&bytes, message);
        sent = log_add(&app->from_host, &bytes);
        trace(world, app, "host says", &sent->message);
        if (person(world, sent->message.sender) >= 0)
                sent->told = world->told[person(world, sent->message.sender)];
        sent->must = may_hear(world, app, &sent->message, sent, FOR_CERTAIN);
        /* Of two answers that are under way the first is one. */
        for (size_t i = 0; i + 1 < app->from_host.n && is_reply(message); i++)
                sent->must &= !(app->from_host.sent[i].must && is_reply(&app->from_host.sent[i].message) &&
                                app->from_host.sent[i].message.reply == message->reply);
        call = is_reply(message) ? log_call(&app->from_app, message->reply, true) : NULL;
        sent->replaced = is_reply(message) && call == NULL;
        if (message->sender != NULL && person(world, message->sender) >= 0)
                app->heard |= 1u << person(world, message->sender);
        end_put(&app->host, &bytes, n_fds);
}

static void tracker_send(World *world, ModelMessage *message)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        message->serial = ++world->tracker_serial;
        model_write(&bytes, message);
        end_put(&world->tracker_end, &bytes, 0);
}

/* The bus itself answers. */
static void
bus_reply(World *world, App *app, const ModelMessage *call, const char *error, const char *signature, Buffer *body)
{
        ModelMessage reply = { .type = error != NULL ? MODEL_ERROR : MODEL_RETURN,
                               .flags = MODEL_NO_REPLY,
                               .reply = call->serial,
                               .error = error,
                               .sender = MODEL_BUS,
                               .signature = signature,
                               .destination = app == NULL    ? ":1.9"
                                              : app->greeted ? app->unique
                                                             : NULL,
                               .body = (const uint8_t *)body->bytes,
                               .n_body = body->n };

        if ((call->flags & MODEL_NO_REPLY) != 0)
                return;
        if (app != NULL)
                host_send(world, app, &reply, 0);
        else
                tracker_send(world, &reply);
}

/* Has the tracker asked to hear of this name's owners? */
static bool is_matched(World *world, const char *name)
{
        char *copy = strdup(buffer_text(&world->matches) != NULL ? world->matches.bytes : "");
        bool found = false;
        char *save = NULL;

        for (char *rule = strtok_r(copy, "\n", &save); rule != NULL && !found; rule = strtok_r(NULL, "\n", &save)) {
                char *value = strstr(rule, "arg0='"), *below = strstr(rule, "arg0namespace='");
                char *text = below != NULL ? below + 15 : value != NULL ? value + 6 : NULL;
                size_t n = text != NULL ? strcspn(text, "'") : 0;

                found = text != NULL && strncmp(name, text, n) == 0 &&
                        (name[n] == '\0' || (below != NULL && name[n] == '.'));
        }
        free(copy);
        return found;
}

static void tell_owner(World *world, const char *name, const char *from, const char *to, bool clients)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage signal = { .type = MODEL_SIGNAL,
                                .path = "/org/freedesktop/DBus",
                                .interface = MODEL_BUS,
                                .member = "NameOwnerChanged",
                                .sender = MODEL_BUS,
                                .signature = "sss" };

        model_put_string(&body, name, false);
        model_put_string(&body, from, false);
        model_put_string(&body, to, false);
        signal.body = (const uint8_t *)body.bytes;
        signal.n_body = body.n;
        if (world->tracker != NULL && world->tracker_end.n_lines == 0 && is_matched(world, name)) {
                tracker_send(world, &signal);
                if (person(world, to) >= 0 && model_name(name) >= 0)
                        world->told[person(world, to)] |= 1u << model_name(name);
        }
        for (unsigned i = 0; i < APPS && clients; i++)
                if (world->apps[i].greeted)
                        host_send(world, &world->apps[i], &signal, 0);
}

static void set_owner(World *world, unsigned name, int who, bool clients)
{
        int before = world->owner[name];

        if (before == who)
                return;
        world->owner[name] = who;
        if (who >= 0)
                world->owned[who] |= 1u << name;
        tell_owner(world, model_names[name], before >= 0 ? world->people.unique[before] : "",
                   who >= 0 ? world->people.unique[who] : "", clients);
}

static unsigned new_person(World *world, const char *unique)
{
        unsigned i = world->people.n_unique < SCRIPT_UNIQUE_MAX ? world->people.n_unique++ : SCRIPT_UNIQUE_MAX - 1;

        (void)snprintf(world->people.unique[i], sizeof world->people.unique[i], "%s", unique);
        world->owned[i] = world->told[i] = 0;
        return i;
}

static void put_names(const World *world, Buffer *body, bool big)
{
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;

        model_put_number(&names, 0, big);
        model_put_string(&names, MODEL_BUS, big);
        for (unsigned i = 0; i < world->people.n_unique; i++)
                model_put_string(&names, world->people.unique[i], big);
        for (unsigned i = 0; i < MODEL_N_NAMES; i++)
                if (world->owner[i] >= 0)
                        model_put_string(&names, model_names[i], big);
        model_put_number(body, (uint32_t)names.n - 4, big);
        buffer_add(body, names.bytes + 4, names.n - 4);
}

/* app NULL: the tracker. */
static void serve_bus_call(World *world, App *app, const ModelMessage *call)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        const char *name = model_string(call, 0);
        int i = model_name(name), who = person(world, name);

        if (!model_is(call->interface, MODEL_BUS)) {
                model_put_string(&body, "<node/>", false);
                bus_reply(world, app, call, NULL, "s", &body);
        } else if (model_is(call->member, "Hello")) {
                if (app == NULL) {
                        model_put_string(&body, ":1.9", false);
                        bus_reply(world, app, call, NULL, "s", &body);
                } else if (app->greeted) {
                        bus_reply(world, app, call, MODEL_BUS ".Error.Failed", NULL, &body);
                } else {
                        model_put_string(&body, app->unique, false);
                        bus_reply(world, app, call, NULL, "s", &body);
                        app->greeted = true;
                }
        } else if (model_is(call->member, "ListNames") || model_is(call->member, "ListActivatableNames")) {
                put_names(world, &body, false);
                bus_reply(world, app, call, NULL, "as", &body);
        } else if (model_is(call->member, "GetNameOwner") && i >= 0 && world->owner[i] >= 0) {
                if (app == NULL)
                        world->told[world->owner[i]] |= 1u << i;
                model_put_string(&body, world->people.unique[world->owner[i]], false);
                bus_reply(world, app, call, NULL, "s", &body);
        } else if (model_is(call->member, "NameHasOwner")) {
                model_put_number(&body, who >= 0 || (i >= 0 && world->owner[i] >= 0), false);
                bus_reply(world, app, call, NULL, "b", &body);
        } else if (model_is(call->member, "RequestName") && app != NULL) {
                if (i >= 0)
                        set_owner(world, (unsigned)i, (int)app->index, true);
                model_put_number(&body, 1, false);
                bus_reply(world, app, call, NULL, "u", &body);
        } else if (model_is(call->member, "GetId")) {
                model_put_string(&body, "0123456789abcdef0123456789abcdef", false);
                bus_reply(world, app, call, NULL, "s", &body);
        } else if (model_is_match_call(call)) {
                if (app == NULL && name != NULL)
                        buffer_printf(&world->matches, "%s\n", name);
                bus_reply(world, app, call, NULL, NULL, &body);
        } else {
                bus_reply(world, app, call, MODEL_BUS ".Error.NameHasNoOwner", NULL, &body);
        }
}

/* A client's message, as it arrived at a bus: which one of those that it sent.  NULL: none. */
static Sent *find_sent(Log *log, uint64_t h, const ModelMessage *message, bool rewritten)
{
        for (size_t i = log->next; i < log->n; i++) {
                Sent *sent = &log->sent[i];
                bool same = sent->hash == h;

                if (rewritten)
                        same = sent->message.serial == message->serial && sent->message.type == message->type &&
                               (message->member == NULL || model_is(sent->message.member, message->member));
                if (!same)
                        continue;
                log->next = i + 1;
                return sent;
        }
        return NULL;
}

/* The call that was refused, for which the bus is asked something harmless so that the refusal comes in order. */
static Sent *find_refused(App *app, const ModelMessage *message)
{
        Sent *sent = log_call(&app->from_app, message->serial, false);

        return sent != NULL && !is_method(&sent->message, "GetId") ? sent : NULL;
}

static void host_heard(World *world, App *app, const ModelMessage *message, uint64_t h)
{
        static const Sent nobody;
        Sent *sent = NULL;

        LAW(message->sender == NULL || app->odd);
        if (message->serial >= MODEL_OWN_SERIALS) { /* "too many calls": never here */
                LAW(app->odd);
                return;
        }
        if (is_method(message, "GetId") && find_refused(app, message) != NULL) {
                sent = find_refused(app, message);
                LAW(app->odd || !is_due(world, app, sent, true));
                sent->replaced = true;
                serve_bus_call(world, app, message);
                return;
        }
        LAW(!(world->split && is_inside(world, message->destination)));
        sent = find_sent(&app->from_app, h, message, model_is_match_call(message));
        LAW(sent != NULL || app->odd);
        LAW(may_send(world, app, message, sent != NULL ? sent : &nobody, AT_MOST));
        if (sent != NULL) {
                LAW(app->odd || (!sent->delivered && !sent->answered));
                sent->delivered = true;
        }
        if (is_reply(message))
                for (size_t i = 0; i < app->from_host.n; i++) {
                        Sent *call = &app->from_host.sent[i];

                        if (is_call(&call->message) && call->message.serial == message->reply &&
                            model_is(call->message.sender, message->destination))
                                call->answered = true;
                }
        if (model_is_to_bus(message))
                serve_bus_call(world, app, message);
}

static void host_listen(World *world, App *app)
{
        ModelMessage message = { 0 };
        const uint8_t *bytes = NULL;
        size_t n = 0;

        while (end_next(&app->host, &message, &bytes, &n)) {
                trace(world, app, "host heard", &message);
                host_heard(world, app, &message, hash(bytes, n));
        }
}

static void tracker_listen(World *world)
{
        ModelMessage message = { 0 };
        const uint8_t *bytes = NULL;
        size_t n = 0;

        while (end_next(&world->tracker_end, &message, &bytes, &n)) {
                LAW(model_is_to_bus(&message));
                serve_bus_call(world, NULL, &message);
        }
}

/* ---- the inner bus: it has one peer, ":1.50", who has the names that are inner ---- */

static void inner_send(App *app, ModelMessage *message)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        Sent *sent;

        if (app->inner.fd < 0 || app->from_inner.n == SENT_MAX)
                return;
        message->serial = ++app->inner_serial;
        model_write(&bytes, message);
        sent = log_add(&app->from_inner, &bytes);
        /* What the inner bus says of names is changed on its way, or not for the client. */
        sent->must = !is_reply(message) && app->greeted && !model_is(message->sender, MODEL_BUS);
        end_put(&app->inner, &bytes, 0);
}

static void inner_heard(World *world, App *app, const ModelMessage *message, uint64_t h)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage reply = {
                .type = MODEL_RETURN, .reply = message->serial, .sender = MODEL_BUS, .destination = ":1.3"
        };
        bool own = message->serial >= MODEL_OWN_SERIALS;

        if (!own) {
                Sent *sent;
                bool rewritten =
                        model_is_to_bus(message) || (message->destination != NULL && message->destination[0] == ':');

                LAW(app->odd || message->destination == NULL || model_is_to_bus(message) ||
                    !model_is(message->destination, MODEL_BUS));
                LAW(app->odd || message->destination == NULL || message->destination[0] == ':' ||
                    model_is_to_bus(message) || model_is_inner(message->destination));
                /* Broadcasts go to both buses, whichever hears them first. */
                if (message->destination != NULL || app->host.fd < 0) {
                        size_t next = app->from_app.next;

                        app->from_app.next = 0;
                        sent = find_sent(&app->from_app, h, message, rewritten);
                        app->from_app.next = next;
                        LAW(sent != NULL || app->odd);
                        if (sent != NULL && !rewritten)
                                LAW(!sent->delivered || app->odd);
                        if (sent != NULL)
                                sent->delivered = true;
                }
        } else {
                LAW(model_is_to_bus(message));
        }
        if (!model_is_to_bus(message) || (message->flags & MODEL_NO_REPLY) != 0)
                return;
        if (model_is(message->member, "Hello")) {
                reply.signature = "s";
                model_put_string(&body, ":1.3", false);
        } else if (strncmp(message->member, "List", 4) == 0) {
                reply.signature = "as";
                put_names(world, &body, false);
        } else if (model_is(message->member, "GetNameOwner")) {
                reply.signature = "s";
                model_put_string(&body, ":1.50", false);
        }
        reply.body = (const uint8_t *)body.bytes;
        reply.n_body = body.n;
        inner_send(app, &reply);
}

static void inner_listen(World *world, App *app)
{
        ModelMessage message = { 0 };
        const uint8_t *bytes = NULL;
        size_t n = 0;

        while (end_next(&app->inner, &message, &bytes, &n)) {
                trace(world, app, "inner heard", &message);
                inner_heard(world, app, &message, hash(bytes, n));
        }
}

/* ---- the client ---- */

/* A refusal, or an answer of the split. */
static void app_refused(const World *world, App *app, const ModelMessage *message)
{
        Sent *call = log_call(&app->from_app, message->reply, false);
        bool merged = false;

        LAW(is_reply(message) && model_is(message->sender, MODEL_BUS));
        if (call == NULL) { /* the lists of two buses become one */
                call = log_call(&app->from_app, message->reply, true);
                merged = call != NULL && strncmp(call->message.member, "List", 4) == 0;
                LAW(merged || app->odd);
        }
        if (call == NULL)
                return;
        LAW(app->odd || merged || !is_due(world, app, call, true));
        call->answered = true;
}

/* Every name in a list is one that the client may see. */
static void check_list(const World *world, App *app, const ModelMessage *message)
{
        size_t at = 4;

        while (at + 4 < message->n_body) {
                char name[256] = "";
                const char *text;

                at = (at + 3) / 4 * 4;
                text = (const char *)message->body + at + 4;
                (void)snprintf(name, sizeof name, "%s", text);
                at += 4 + strlen(name) + 1;
                LAW(is_inside(world, name) ||
                    model_visible(world->rules, peer_of(world, app, name, NULL, AT_MOST)) >= BUS_ACCESS_SEE);
        }
}

static void app_heard_host(World *world, App *app, const ModelMessage *message, uint64_t h)
{
        Sent *call = is_reply(message) ? log_call(&app->from_app, message->reply, true) : NULL;
        bool list = call != NULL && model_is_to_bus(&call->message) && strncmp(call->message.member, "List", 4) == 0 &&
                    message->type == MODEL_RETURN && model_is(message->signature, "as");
        Log *log = &app->from_host;
        Sent *sent = NULL;
        int who = person(world, message->sender);

        for (size_t i = log->next; i < log->n && sent == NULL; i++)
                if (log->sent[i].message.serial == message->serial) {
                        sent = &log->sent[i];
                        log->next = i + 1;
                }
        LAW(sent != NULL && !sent->delivered);
        LAW(list || sent->hash == h);
        LAW(app->odd || may_hear(world, app, message, sent, AT_MOST));
        sent->delivered = true;
        if (list)
                check_list(world, app, message);
        if (call != NULL)
                call->answered = true;
        if (who >= 0)
                app->heard_for_certain |= 1u << who;
}

static void app_heard_inner(const World *world, App *app, const ModelMessage *message, uint32_t serial)
{
        Log *log = &app->from_inner;
        Sent *sent = NULL, *call = is_reply(message) ? log_call(&app->from_app, message->reply, true) : NULL;

        for (size_t i = log->next; i < log->n && sent == NULL; i++)
                if (log->sent[i].message.serial == serial) {
                        sent = &log->sent[i];
                        log->next = i + 1;
                }
        LAW(sent != NULL && !sent->delivered);
        LAW(message->sender != NULL && (message->sender[0] != ':' || strncmp(message->sender, ":inner.", 7) == 0));
        sent->delivered = true;
        /* The inner bus may answer what it has not read: nothing says when it did. */
        if (call == NULL && is_reply(message)) {
                call = log_call(&app->from_app, message->reply, false);
                if (call != NULL && side_of(world, &call->message) != 2)
                        call = NULL;
        }
        LAW(!is_reply(message) || app->odd || call != NULL);
        if (call != NULL)
                call->answered = true;
}

enum { INNER_SERIALS = 1 << 20 };

static void app_listen(World *world, App *app)
{
        ModelMessage message = { 0 };
        const uint8_t *bytes = NULL;
        size_t n = 0;

        while (end_next(&app->app, &message, &bytes, &n)) {
                trace(world, app, "app heard", &message);
                if (message.serial >= MODEL_OWN_SERIALS)
                        app_refused(world, app, &message);
                else if (message.serial >= INNER_SERIALS)
                        app_heard_inner(world, app, &message, message.serial);
                else
                        app_heard_host(world, app, &message, hash(bytes, n));
        }
}

static void app_send(World *world, App *app, ModelMessage *message, size_t n_fds)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        Sent *sent;

        if (app->app.fd < 0 || app->from_app.n == SENT_MAX)
                return;
        message->n_fds = (uint32_t)n_fds;
        model_write(&bytes, message);
        sent = log_add(&app->from_app, &bytes);
        trace(world, app, "app says", &sent->message);
        if (person(world, sent->message.destination) >= 0)
                sent->told = world->told[person(world, sent->message.destination)];
        if (side_of(world, &sent->message) != 2)
                sent->must = may_send(world, app, &sent->message, sent, FOR_CERTAIN);
        else
                sent->must = !is_reply(&sent->message) &&
                             !(model_is_to_bus(&sent->message) && !model_is(sent->message.interface, MODEL_BUS));
        end_put(&app->app, &bytes, n_fds);
}

static uint32_t next_serial(World *world, App *app)
{
        if (script_rarely(&world->script, 40) && app->serial > 0) {
                app->odd = true; /* that serial may still wait for its answer */
                return app->serial;
        }
        return ++app->serial;
}

static void app_acts(World *world, App *app)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage message = { 0 };
        size_t n_fds = app->app.passes_fds && script_rarely(&world->script, 8) ? 1 + script_draw(&world->script, 2) : 0;

        script_client_message(&world->script, &world->people, &message, &body);
        if (script_rarely(&world->script, 16) && !model_is_to_bus(&message))
                script_lengthen(&message, &body, LONG_BYTES);
        message.serial = next_serial(world, app);
        app_send(world, app, &message, n_fds);
}

static void app_floods(World *world, App *app)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage message = { 0 };

        script_client_message(&world->script, &world->people, &message, &body);
        if (model_is_to_bus(&message))
                return;
        script_lengthen(&message, &body, FLOOD_BYTES);
        for (unsigned i = 0; i < FLOOD; i++) {
                message.serial = ++app->serial;
                app_send(world, app, &message, 0);
        }
}

/* Answers a call that came, or one that never did. */
static void app_replies(World *world, App *app)
{
        Log *log = &app->from_host;
        const Sent *call = log->n > 0 ? &log->sent[script_draw(&world->script, (unsigned)log->n)] : NULL;
        ModelMessage message = { .type = script_rarely(&world->script, 3) ? MODEL_ERROR : MODEL_RETURN };

        if (call == NULL || call->message.sender == NULL)
                return;
        if (message.type == MODEL_ERROR)
                message.error = "i.f.Error";
        message.destination = call->message.sender;
        message.reply = call->message.serial + (script_rarely(&world->script, 8) ? 1 : 0);
        message.serial = next_serial(world, app);
        app_send(world, app, &message, 0);
}

/* What no client that keeps to the protocol does. */
static void app_misbehaves(World *world, App *app)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        ModelMessage message = { 0 };
        unsigned what = script_draw(&world->script, 8);

        app->odd = true;
        script_client_message(&world->script, &world->people, &message, &body);
        message.serial = what == 0 ? MODEL_OWN_SERIALS : ++app->serial;
        if (what == 1)
                message.reply = 1 + script_draw(&world->script, 64);
        if (what == 2)
                message.type = script_draw(&world->script, 256);
        if (what == 3)
                message.path = "/org/freedesktop/DBus/Local";
        if (what == 4)
                message.n_fds = 1;
        if (what == 5)
                message.sender = MODEL_BUS;
        model_write(&bytes, &message);
        for (unsigned i = 0; what == 6 && i < 4; i++)
                bytes.bytes[script_draw(&world->script, bytes.n < 256 ? (unsigned)bytes.n : 256)] ^=
                        (char)(1 + script_draw(&world->script, 255));
        if (what == 7)
                bytes.n = script_draw(&world->script, bytes.n < 256 ? (unsigned)bytes.n : 256);
        end_put(&app->app, &bytes, 0);
}

/* ---- peers on the host's bus ---- */

static const char *pick_sender(World *world)
{
        if (script_rarely(&world->script, 8))
                return MODEL_BUS;
        if (script_rarely(&world->script, 32))
                return NULL;
        return world->people.unique[world->peers[script_draw(&world->script, PEERS)]];
}

static void peer_acts(World *world, App *app)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage message = { 0 };
        const char *client = script_rarely(&world->script, 16) ? ":1.77" : app->unique;
        size_t n_fds = app->host.passes_fds && script_rarely(&world->script, 8) ? 1 : 0;

        if (!app->greeted)
                return;
        script_peer_message(&world->script, &world->people, pick_sender(world), client, &message, &body);
        if (script_rarely(&world->script, 16) && !model_is_owner_changed(&message))
                script_lengthen(&message, &body, LONG_BYTES);
        if (script_rarely(&world->script, 24))
                message.reply = 1 + script_draw(&world->script, 32);
        host_send(world, app, &message, n_fds);
}

static void peer_floods(World *world, App *app)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage message = { 0 };

        if (!app->greeted)
                return;
        script_peer_message(&world->script, &world->people, world->people.unique[world->peers[0]], app->unique,
                            &message, &body);
        script_lengthen(&message, &body, FLOOD_BYTES);
        for (unsigned i = 0; i < FLOOD; i++)
                host_send(world, app, &message, 0);
}

/* Is this the serial of a call that may be on its way to the bus, or is still to come?  Whether the filter has let it
 * pass, or will when the peer has more names, is not known here. */
static bool is_under_way(const World *world, const App *app, uint32_t serial)
{
        if (serial > app->serial)
                return true;
        for (size_t i = 0; i < app->from_app.n; i++) {
                const Sent *call = &app->from_app.sent[i];
                const char *to = call->message.destination;

                if (call->message.serial == serial && is_call(&call->message) && !call->delivered &&
                    ((to != NULL && to[0] == ':') || may_send(world, app, &call->message, call, AT_MOST)))
                        return true;
        }
        return false;
}

/* Somebody answers a call of the client that reached the bus: the one who was called, or not. */
static void peer_replies(World *world, App *app)
{
        Log *log = &app->from_app;
        const Sent *call = log->n > 0 ? &log->sent[script_draw(&world->script, (unsigned)log->n)] : NULL;
        ModelMessage message = { .type = script_rarely(&world->script, 3) ? MODEL_ERROR : MODEL_RETURN,
                                 .destination = app->unique };
        int i = call != NULL ? model_name(call->message.destination) : -1;

        if (call == NULL || !app->greeted || !is_call(&call->message) || model_is_to_bus(&call->message))
                return;
        if (message.type == MODEL_ERROR)
                message.error = "i.f.Error";
        message.sender =
                i >= 0 && world->owner[i] >= 0 ? world->people.unique[world->owner[i]] : call->message.destination;
        if (message.sender == NULL || message.sender[0] != ':' || script_rarely(&world->script, 8))
                message.sender = world->people.unique[world->peers[script_draw(&world->script, PEERS)]];
        if (is_gone(world, message.sender))
                return; /* who has left says nothing */
        message.reply = call->message.serial + (script_rarely(&world->script, 8) ? 1 : 0);
        if (is_under_way(world, app, message.reply))
                return; /* no bus hands out the answer to a call that it has not read */
        host_send(world, app, &message, 0);
}

static void inner_acts(World *world, App *app)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage message = { 0 };
        const char *sender = script_rarely(&world->script, 6) ? MODEL_BUS : ":1.50";

        if (app->inner.fd < 0 || app->inner.n_lines > 0)
                return;
        script_peer_message(&world->script, &world->people, sender, ":1.3", &message, &body);
        if (script_rarely(&world->script, 3)) {
                message = (ModelMessage){ .type = MODEL_RETURN,
                                          .reply = 1 + script_draw(&world->script, 64),
                                          .sender = ":1.50",
                                          .destination = ":1.3" };
        }
        inner_send(app, &message);
}

static void owners_change(World *world)
{
        unsigned peer = script_draw(&world->script, PEERS), name = script_draw(&world->script, MODEL_N_NAMES);
        unsigned what = script_draw(&world->script, 4);
        char unique[24];

        if (what == 0) {
                set_owner(world, name, -1, script_draw(&world->script, 2) != 0);
        } else if (what < 3) {
                set_owner(world, name, (int)world->peers[peer], script_draw(&world->script, 2) != 0);
        } else if (world->people.n_unique < SCRIPT_UNIQUE_MAX) {
                for (unsigned i = 0; i < MODEL_N_NAMES; i++)
                        if (world->owner[i] == (int)world->peers[peer])
                                set_owner(world, i, -1, true);
                tell_owner(world, world->people.unique[world->peers[peer]], world->people.unique[world->peers[peer]],
                           "", true);
                world->gone |= 1u << world->peers[peer];
                (void)snprintf(unique, sizeof unique, ":1.%u", 60 + world->people.n_unique);
                world->peers[peer] = new_person(world, unique);
        }
}

/* ---- turning ---- */

static void app_over(App *app)
{
        app->lives = false;
        link_free(app->link);
        split_link_free(app->split);
        app->link = NULL;
        app->split = NULL;
}

static void trace_end(const World *world, const App *app, const char *what)
{
        if (getenv("ORIEL_FUZZ_TRACE") != NULL)
                (void)fprintf(stderr, "%ld%s %s is over\n", app - world->apps, app->odd ? "!" : "", what);
}

/* Handles what one socket of the mediator has; true: something. */
static bool turn_link(World *world, App *app, LinkSide side)
{
        struct pollfd poll_fd = { 0 };
        uint32_t wants = app->link != NULL ? link_wants(app->link, side) : 0;

        if (wants == 0)
                return false;
        poll_fd.fd = link_socket(app->link, side);
        poll_fd.events = (short)((wants & EPOLLIN ? POLLIN : 0) | (wants & EPOLLOUT ? POLLOUT : 0));
        if (poll(&poll_fd, 1, 0) <= 0)
                return false;
        world->shared.now_ms++;
        if (!link_handle(app->link, side, (uint32_t)poll_fd.revents)) {
                trace_end(world, app, "the filter's link");
                link_free(app->link);
                app->link = NULL;
                if (app->split == NULL)
                        app_over(app);
        }
        return true;
}

static bool turn_split(World *world, App *app, SplitSide side)
{
        struct pollfd poll_fd = { 0 };
        uint32_t wants = app->split != NULL ? split_link_wants(app->split, side) : 0;

        if (wants == 0)
                return false;
        poll_fd.fd = split_link_socket(app->split, side);
        poll_fd.events = (short)((wants & EPOLLIN ? POLLIN : 0) | (wants & EPOLLOUT ? POLLOUT : 0));
        if (poll(&poll_fd, 1, 0) <= 0)
                return false;
        if (!split_link_handle(app->split, side, (uint32_t)poll_fd.revents, scratch, sizeof scratch)) {
                trace_end(world, app, "the split's link");
                app_over(app);
        }
        return true;
}

static bool turn_tracker(World *world)
{
        struct pollfd poll_fd = { .events = POLLIN };
        bool lasts;

        if (world->tracker == NULL)
                return false;
        poll_fd.fd = tracker_link_socket(world->tracker);
        if ((tracker_link_wants(world->tracker) & EPOLLOUT) != 0)
                poll_fd.events |= POLLOUT;
        if (poll(&poll_fd, 1, 0) <= 0)
                return false;
        lasts = tracker_link_handle(world->tracker, (uint32_t)poll_fd.revents, scratch, sizeof scratch);
        LAW(lasts);
        for (unsigned i = 0; i < APPS; i++)
                if (world->apps[i].link != NULL && !link_resume(world->apps[i].link)) {
                        link_free(world->apps[i].link);
                        world->apps[i].link = NULL;
                        if (world->apps[i].split == NULL)
                                app_over(&world->apps[i]);
                }
        return true;
}

static bool turn_app(World *world, App *app)
{
        bool any = false;

        for (LinkSide side = 0; side < _LINK_SIDE_MAX; side++)
                any |= turn_link(world, app, side);
        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++)
                any |= turn_split(world, app, side);
        return any;
}

static void check_memory(const World *world)
{
        size_t now = __sanitizer_get_current_allocated_bytes != NULL ? __sanitizer_get_current_allocated_bytes()
                                                                     : mallinfo2().uordblks + mallinfo2().hblkhd;
        size_t ours = end_memory(&world->tracker_end) + world->matches.room;

        for (unsigned i = 0; i < APPS; i++) {
                const App *app = &world->apps[i];

                ours += end_memory(&app->app) + end_memory(&app->host) + end_memory(&app->inner);
                ours += log_memory(&app->from_app) + log_memory(&app->from_host) + log_memory(&app->from_inner);
        }
        LAW(now < world->memory_before + ours + (size_t)APPS * MEMORY_MAX);
}

/* The peers write and read what they can. */
static bool turn_ends(World *world, App *app, size_t n)
{
        bool any = end_write(&app->app, n);

        any |= end_write(&app->host, n);
        any |= end_write(&app->inner, n);
        if (!app->host_stalled)
                any |= end_read(&app->host, n);
        any |= end_read(&app->inner, n);
        if (!app->stalled)
                any |= end_read(&app->app, n);
        host_listen(world, app);
        inner_listen(world, app);
        app_listen(world, app);
        return any;
}

static bool turn_bus_of_tracker(World *world)
{
        bool any = end_write(&world->tracker_end, SIZE_MAX);

        any |= end_read(&world->tracker_end, SIZE_MAX);
        tracker_listen(world);
        return any;
}

static void turn_all(World *world)
{
        bool any = true;

        for (unsigned rounds = 0; any && rounds < 20000; rounds++) {
                any = turn_bus_of_tracker(world);
                any |= turn_tracker(world);
                for (unsigned i = 0; i < APPS; i++) {
                        any |= turn_ends(world, &world->apps[i], SIZE_MAX);
                        any |= turn_app(world, &world->apps[i]);
                }
        }
        LAW(!any);
}

/* ---- beginning and end ---- */

static void open_app(World *world, unsigned i)
{
        static const char *const names[APPS] = { ":1.1", ":1.2", ":1.4" };
        App *app = &world->apps[i];
        End to_split = { .fd = -1 };
        int client = end_open(&app->app, false), bus = end_open(&app->host, true), outer = -1;
        bool fds = script_draw(&world->script, 2) != 0;

        app->app.fd = app->app.fd;
        app->host.passes_fds = fds;
        app->inner.fd = -1;
        app->lives = true;
        app->inner_serial = INNER_SERIALS;
        (void)snprintf(app->unique, sizeof app->unique, "%s", names[i]);
        app->index = new_person(world, names[i]);
        if (world->split) {
                outer = end_open(&to_split, false);
                app->split = split_link_new(world->gathered, &world->inner_options, client, to_split.fd,
                                            end_open(&app->inner, true));
                client = outer;
        }
        app->link = link_new(&world->shared,
                             &(LinkBus){ .options = &world->options, .via = "session-bus", .tracker = world->tracker },
                             client, bus);
        LAW(app->link != NULL && (app->split != NULL) == world->split);
        end_authenticate(&app->app, fds, script_draw(&world->script, 2) != 0);
}

static void say_hello(World *world, App *app)
{
        ModelMessage hello = { .type = MODEL_CALL,
                               .path = "/org/freedesktop/DBus",
                               .interface = MODEL_BUS,
                               .member = "Hello",
                               .destination = MODEL_BUS };

        if (script_rarely(&world->script, 64)) {
                app->odd = true;
                return;
        }
        hello.serial = ++app->serial;
        app_send(world, app, &hello, 0);
}

static void open_world(World *world, const uint8_t *data, size_t n)
{
        CLEANUP(bus_rule_freep) BusRule *inner = NULL;
        unsigned how;

        *world = (World){ .script = { data, n } };
        how = script_draw(&world->script, 256);
        world->rules = script_draw(&world->script, 256);
        world->rules |= script_draw(&world->script, 256) << 8;
        world->rules |= (how & 3) << 16;
        world->sloppy = (how & 4) != 0;
        world->split = (how & 8) != 0;
        for (unsigned i = 0; i < MODEL_N_NAMES; i++)
                world->owner[i] = -1;
        world->policy = world->split ? model_policy_without_inner(world->rules) : model_policy(world->rules);
        world->inner_policy = bus_policy_new();
        if (bus_rule_parse(&inner, NULL, BUS_RULE_TALK, "in.a.*") != 0 ||
            bus_policy_add(world->inner_policy, &inner) < 0)
                abort();
        world->options = (BusOptions){ .filter = true, .sloppy = world->sloppy, .policy = world->policy };
        world->inner_options = (BusOptions){ .inner = world->inner_policy };
        world->shared.scratch = scratch;
        world->memory_before = __sanitizer_get_current_allocated_bytes != NULL
                                       ? __sanitizer_get_current_allocated_bytes()
                                       : mallinfo2().uordblks + mallinfo2().hblkhd;
        world->tracker_end.fd = -1;
        if (tracker_is_needed(world->policy))
                world->tracker = tracker_link_new(world->policy, end_open(&world->tracker_end, true));
        for (unsigned i = 0; i < PEERS; i++) {
                char unique[24];

                (void)snprintf(unique, sizeof unique, ":1.%u", 50 + i);
                world->peers[i] = new_person(world, unique);
        }
        for (unsigned i = 0; i < APPS; i++)
                open_app(world, i);
        for (unsigned i = 0; i < APPS; i++)
                say_hello(world, &world->apps[i]);
}

/* All has come to rest: nothing that was due is missing. */
static void check_app(const World *world, App *app)
{
        if (app->odd)
                return;
        LAW(app->lives && !app->app.closed && !app->host.closed);
        LAW(app->app.n_fds_came == app->app.n_fds_due && app->host.n_fds_came == app->host.n_fds_due);
        for (size_t i = 0; i < app->from_app.n; i++) {
                const Sent *sent = &app->from_app.sent[i];

                trace(world, app, is_due(world, app, sent, true) ? "due" : "not due", &sent->message);
                bool wants_answer = is_call(&sent->message) && (sent->message.flags & MODEL_NO_REPLY) == 0;
                bool inside = side_of(world, &sent->message) == 2;

                /* The lists of two buses are asked for anew. */
                LAW(!is_due(world, app, sent, true) || sent->delivered ||
                    (world->split && is_list_call(&sent->message)));
                LAW(!wants_answer || sent->delivered || sent->answered);
                LAW(!wants_answer || inside || !model_is_to_bus(&sent->message) || sent->answered);
        }
        for (size_t i = 0; i < app->from_host.n; i++) {
                const Sent *sent = &app->from_host.sent[i];

                trace(world, app, is_due(world, app, sent, false) ? "host due" : "host not due", &sent->message);
                LAW(!is_due(world, app, sent, false) || sent->delivered || sent->replaced ||
                    (world->split && is_reply(&sent->message)));
        }
        for (size_t i = 0; i < app->from_inner.n; i++)
                LAW(!app->from_inner.sent[i].must || app->from_inner.sent[i].delivered);
}

static void close_world(World *world)
{
        for (unsigned i = 0; i < APPS; i++) {
                App *app = &world->apps[i];

                app_over(app);
                end_close(&app->app);
                end_close(&app->host);
                end_close(&app->inner);
                log_clear(&app->from_app);
                log_clear(&app->from_host);
                log_clear(&app->from_inner);
        }
        tracker_link_free(world->tracker);
        end_close(&world->tracker_end);
        buffer_clear(&world->matches);
        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++)
                buffer_clear(&world->gathered[side]);
        bus_policy_free(world->policy);
        bus_policy_free(world->inner_policy);
}

static void step(World *world)
{
        static const size_t pieces[] = { 1, 7, 16, 100, 5000, SIZE_MAX, SIZE_MAX, SIZE_MAX };
        unsigned what = script_draw(&world->script, 32);
        App *app = &world->apps[script_draw(&world->script, APPS)];

        if (what < 9)
                app_acts(world, app);
        else if (what < 14)
                peer_acts(world, app);
        else if (what < 16)
                app_replies(world, app);
        else if (what < 18)
                peer_replies(world, app);
        else if (what < 20)
                owners_change(world);
        else if (what < 22)
                inner_acts(world, app);
        else if (what < 25)
                (void)turn_ends(world, app, pieces[script_draw(&world->script, 8)]);
        else if (what < 27)
                (void)turn_app(world, app);
        else if (what == 27) {
                (void)turn_bus_of_tracker(world);
                (void)turn_tracker(world);
        } else if (what == 28)
                turn_all(world);
        else if (what == 29)
                *(script_draw(&world->script, 2) != 0 ? &app->stalled : &app->host_stalled) ^= true;
        else if (what == 30 && script_rarely(&world->script, 12))
                script_draw(&world->script, 2) != 0 ? app_floods(world, app) : peer_floods(world, app);
        else if (what == 31 && script_rarely(&world->script, 4))
                app_misbehaves(world, app);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        static World world;

        (void)signal(SIGPIPE, SIG_IGN);
        open_world(&world, data, n);
        for (unsigned steps = 0; world.script.n > 0 && steps < STEPS_MAX; steps++) {
                step(&world);
                if (steps % 16 == 0)
                        check_memory(&world);
        }
        turn_all(&world); /* with those who don't read */
        check_memory(&world);
        for (unsigned i = 0; i < APPS; i++)
                world.apps[i].stalled = world.apps[i].host_stalled = false;
        turn_all(&world);
        for (unsigned i = 0; i < APPS; i++)
                check_app(&world, &world.apps[i]);
        close_world(&world);
        return 0;
}
