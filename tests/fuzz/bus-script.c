/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-script.h"

#include <string.h>

#define N(array) (sizeof(array) / sizeof *(array))

static const char *const paths[] = { "/p", "/p/x", "/q", "/px", "/", "/org/freedesktop/DBus" };
static const char *const interfaces[] = { "i.f", "i.f", "i.g", NULL, "org.freedesktop.DBus.Peer", MODEL_BUS };
static const char *const members[] = { "Do", "Sig", "Never", "Ping" };
static const char *const arguments[] = { NULL, "yes", "no", "a.talk" };
static const char *const bus_interfaces[] = { MODEL_BUS,
                                              MODEL_BUS,
                                              MODEL_BUS,
                                              MODEL_BUS,
                                              NULL,
                                              MODEL_BUS ".Introspectable",
                                              MODEL_BUS ".Properties",
                                              MODEL_BUS ".Monitoring" };
static const char *const bus_members[] = {
        "NameHasOwner",
        "GetNameOwner",
        "ListNames",
        "AddMatch",
        "RequestName",
        "ReleaseName",
        "GetId",
        "StartServiceByName",
        "ListActivatableNames",
        "RemoveMatch",
        "GetConnectionUnixProcessID",
        "ListQueuedOwners",
        "GetConnectionCredentials",
        "Hello",
        "BecomeMonitor",
        "UpdateActivationEnvironment",
        "ReloadConfig",
        "Introspect",
};
static const char *const matches[] = {
        "",
        "type='signal'",
        "sender='a.talk',path_namespace='/p'",
        "sender='in.a',arg0='x'",
        "sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0namespace='in.a'",
        "sender=':inner.1.50'",
        "arg0='it''s'",
        "eavesdrop=true",
        "type='signal', eavesdrop\t='true'",
        "arg63path='/p/',interface=i.f",
        "foo='bar'",
        "type='signal',type='error'",
        "path='/p',path_namespace='/p'",
        "arg0='unclosed",
};

unsigned script_draw(Script *script, unsigned below)
{
        if (script->n == 0 || below == 0)
                return 0;
        script->n--;
        return *script->bytes++ % below;
}

bool script_rarely(Script *script, unsigned in)
{
        return script_draw(script, in) == in - 1;
}

#define PICK(script, array) ((array)[script_draw((script), N(array))])

static const char *pick_unique(Script *script, const ScriptPeople *people)
{
        return people->n_unique > 0 ? people->unique[script_draw(script, people->n_unique)] : ":1.99";
}

static const char *pick_destination(Script *script, const ScriptPeople *people)
{
        switch (script_draw(script, 8)) {
        case 0:
        case 1:
                return pick_unique(script, people);
        case 2:
                return script_rarely(script, 3) ? ":9.99" : ":inner.1.50";
        case 3:
                return script_rarely(script, 3) ? NULL : MODEL_BUS;
        default:
                return model_names[script_draw(script, MODEL_N_NAMES)];
        }
}

static void put_argument(ModelMessage *ret, Buffer *body, const char *argument)
{
        if (argument == NULL)
                return;
        model_put_string(body, argument, ret->big);
        ret->signature = "s";
}

static void call_bus(Script *script, const ScriptPeople *people, ModelMessage *ret, Buffer *body)
{
        ret->destination = MODEL_BUS;
        ret->path = "/org/freedesktop/DBus";
        ret->interface = PICK(script, bus_interfaces);
        ret->member = PICK(script, bus_members);
        if (strstr(ret->member, "Match") != NULL)
                put_argument(ret, body, PICK(script, matches));
        else if (strncmp(ret->member, "List", 4) != 0 || strstr(ret->member, "Queued") != NULL)
                put_argument(ret, body, pick_destination(script, people));
        if (strcmp(ret->member, "RequestName") == 0 && ret->signature != NULL) {
                model_put_number(body, 4, ret->big);
                ret->signature = "su";
        }
}

void script_client_message(Script *script, const ScriptPeople *people, ModelMessage *ret, Buffer *body)
{
        unsigned kind = script_draw(script, 8);

        *ret = (ModelMessage){ .type = kind == 4 || kind == 5 ? MODEL_SIGNAL : MODEL_CALL,
                               .big = script_rarely(script, 4),
                               .flags = script_rarely(script, 4) ? script_draw(script, 4) : 0 };
        if (kind >= 6) {
                call_bus(script, people, ret, body);
        } else {
                ret->path = PICK(script, paths);
                ret->interface = PICK(script, interfaces);
                ret->member = PICK(script, members);
                if (ret->type == MODEL_SIGNAL && ret->interface == NULL)
                        ret->interface = "i.f";
                ret->destination = kind == 5 ? NULL : pick_destination(script, people);
                put_argument(ret, body, PICK(script, arguments));
        }
        ret->body = (const uint8_t *)body->bytes;
        ret->n_body = body->n;
}

static void say_owner_changed(Script *script, const ScriptPeople *people, ModelMessage *ret, Buffer *body)
{
        const char *name = NULL;

        ret->type = MODEL_SIGNAL;
        ret->path = "/org/freedesktop/DBus";
        ret->interface = MODEL_BUS;
        ret->member = script_rarely(script, 4) ? "NameAcquired" : "NameOwnerChanged";
        ret->signature = ret->member[4] == 'A' ? "s" : "sss";
        name = script_draw(script, 2) == 0 ? model_names[script_draw(script, MODEL_N_NAMES)]
                                           : pick_unique(script, people);
        model_put_string(body, name, ret->big);
        if (ret->signature[1] == '\0')
                return;
        /* Who came, and which name was lost: that somebody left, or has a name, whoever says it must make so. */
        model_put_string(body, name[0] == ':' ? "" : pick_unique(script, people), ret->big);
        model_put_string(body, name[0] == ':' ? name : "", ret->big);
}

void script_peer_message(Script *script,
                         const ScriptPeople *people,
                         const char *sender,
                         const char *client,
                         ModelMessage *ret,
                         Buffer *body)
{
        unsigned kind = script_draw(script, 8);

        *ret = (ModelMessage){ .type = kind < 2 ? MODEL_CALL : MODEL_SIGNAL,
                               .big = script_rarely(script, 4),
                               .flags = script_rarely(script, 4) ? script_draw(script, 4) : 0,
                               .sender = sender,
                               .destination = kind < 3 ? client : NULL };
        if (sender != NULL && strcmp(sender, MODEL_BUS) == 0) {
                say_owner_changed(script, people, ret, body);
        } else {
                ret->path = PICK(script, paths);
                ret->interface = PICK(script, interfaces);
                ret->member = PICK(script, members);
                if (ret->type == MODEL_SIGNAL && ret->interface == NULL)
                        ret->interface = "i.f";
                put_argument(ret, body, PICK(script, arguments));
        }
        ret->body = (const uint8_t *)body->bytes;
        ret->n_body = body->n;
}

void script_lengthen(ModelMessage *message, Buffer *body, size_t n)
{
        static const char zeros[4096];

        if (message->signature != NULL && strcmp(message->signature, "s") != 0)
                return;
        message->signature = message->signature != NULL ? "say" : "ay";
        model_put_number(body, (uint32_t)n, message->big);
        for (; n > 0; n -= n < sizeof zeros ? n : sizeof zeros)
                buffer_add(body, zeros, n < sizeof zeros ? n : sizeof zeros);
        message->body = (const uint8_t *)body->bytes;
        message->n_body = body->n;
}
