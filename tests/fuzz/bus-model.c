/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader is one function for each thing of the specification, told nothing but bytes; the rules are a table, and a
 * question walks over all of it. */
#include "bus-model.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* ---- reading ---- */

static uint32_t number_at(const uint8_t *p, bool big)
{
        uint32_t value = 0;

        for (unsigned i = 0; i < 4; i++)
                value = value << 8 | p[big ? i : 3 - i];
        return value;
}

size_t model_length(const uint8_t *bytes, size_t n)
{
        bool big = n > 0 && bytes[0] == 'B';

        if (n < 16)
                return 0;
        return ((16 + (size_t)number_at(bytes + 12, big) + 7) / 8) * 8 + number_at(bytes + 4, big);
}

static bool is_in(char c, const char *set)
{
        return c != '\0' && strchr(set, c) != NULL;
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS "0123456789"

/* Elements of these characters with one separator between them; how many, or 0: it is something else. */
static unsigned elements(const char *text, char separator, const char *set, bool digit_first)
{
        unsigned n = 0;

        for (const char *at = text;; at++) {
                const char *start = at;

                while (is_in(*at, set))
                        at++;
                if (at == start || (!digit_first && is_in(*start, DIGITS)))
                        return 0;
                n++;
                if (*at == '\0')
                        return n;
                if (*at != separator)
                        return 0;
        }
}

static bool is_name(const char *text)
{
        bool unique = text[0] == ':';

        return strlen(text) <= 255 && elements(text + unique, '.', LETTERS DIGITS "-", unique) >= 2;
}

static bool is_path(const char *text)
{
        return text[0] == '/' && (text[1] == '\0' || elements(text + 1, '/', LETTERS DIGITS, true) > 0);
}

static const char *skip_type(const char *at, unsigned depth)
{
        if (depth > 64 || *at == '\0')
                return NULL;
        if (is_in(*at, "ybnqiuxtdsoghv"))
                return at + 1;
        if (*at == 'a' && at[1] == '{') {
                if (!is_in(at[2], "ybnqiuxtdsogh"))
                        return NULL;
                at = skip_type(at + 3, depth + 2);
                return at != NULL && *at == '}' ? at + 1 : NULL;
        }
        if (*at == 'a')
                return skip_type(at + 1, depth + 1);
        if (*at != '(' || *++at == ')')
                return NULL;
        while (at != NULL && *at != ')')
                at = skip_type(at, depth + 1);
        return at != NULL ? at + 1 : NULL;
}

static bool is_signature(const char *text)
{
        while (text != NULL && *text != '\0')
                text = skip_type(text, 0);
        return text != NULL;
}

static bool is_value(unsigned field, const char *text)
{
        switch (field) {
        case 1:
                return is_path(text);
        case 2:
        case 4:
                return strlen(text) <= 255 && elements(text, '.', LETTERS DIGITS, false) >= 2;
        case 3:
                return strlen(text) <= 255 && elements(text, '.', LETTERS DIGITS, false) == 1;
        case 6:
        case 7:
                return is_name(text);
        default:
                return is_signature(text);
        }
}

/* A field's value at *at, up to end.  *ret_text or *ret_number. */
static bool read_value(
        const uint8_t *bytes, size_t *at, size_t end, char type, bool big, const char **ret_text, uint32_t *ret_number)
{
        size_t n_length = type == 'g' ? 1 : 4, n = 0;

        if (type == 'y') {
                *at += 1;
                return *at <= end;
        }
        if (*at + n_length > end)
                return false;
        *ret_number = type == 'g' ? bytes[*at] : number_at(bytes + *at, big);
        *at += n_length;
        if (type == 'u' || type == 'i')
                return true;
        n = *ret_number;
        if (!is_in(type, "sog") || n + 1 > end - *at)
                return false;
        *ret_text = (const char *)bytes + *at;
        *at += n + 1;
        return true;
}

static bool read_fields(ModelMessage *ret, const uint8_t *bytes, size_t end, bool from_client)
{
        static const char type_of[10] = { 0, 'o', 's', 's', 's', 'u', 's', 's', 'g', 'u' };
        const char **texts[10] = { NULL, &ret->path,        &ret->interface, &ret->member,    &ret->error,
                                   NULL, &ret->destination, &ret->sender,    &ret->signature, NULL };
        bool seen[10] = { false };
        size_t at = 16;

        while (at < end) {
                const char *text = NULL;
                uint32_t number = 0;
                unsigned field;
                char type;

                while (at % 8 != 0)
                        if (at >= end || bytes[at++] != 0)
                                return false;
                if (at + 4 > end || bytes[at + 1] != 1 || bytes[at + 3] != 0 || bytes[at] == 0)
                        return false;
                field = bytes[at];
                type = (char)bytes[at + 2];
                at += 4;
                if (!read_value(bytes, &at, end, type, ret->big, &text, &number))
                        return false;
                if (field > 9) {
                        if (from_client)
                                return false;
                        continue;
                }
                if (type != type_of[field] || seen[field])
                        return false;
                seen[field] = true;
                if (text != NULL && (bytes[at - 1] != '\0' || strlen(text) != number || !is_value(field, text)))
                        return false;
                if (texts[field] != NULL)
                        *texts[field] = text;
                if ((field == 5 && number == 0) || (field == 9 && number > 253))
                        return false;
                if (field == 5)
                        ret->reply = number;
                if (field == 9)
                        ret->n_fds = number;
        }
        return true;
}

static bool has_fields(const ModelMessage *message, bool from_client)
{
        bool reply = message->type == MODEL_RETURN || message->type == MODEL_ERROR;

        if ((message->type == MODEL_CALL || message->type == MODEL_SIGNAL) &&
            (message->path == NULL || message->member == NULL))
                return false;
        if (message->type == MODEL_SIGNAL && message->interface == NULL)
                return false;
        if (reply && message->reply == 0)
                return false;
        if (message->type == MODEL_ERROR && message->error == NULL)
                return false;
        if (message->path != NULL && strcmp(message->path, "/org/freedesktop/DBus/Local") == 0)
                return false;
        if (message->interface != NULL && strcmp(message->interface, "org.freedesktop.DBus.Local") == 0)
                return false;
        return !from_client || reply || message->reply == 0;
}

bool model_read(ModelMessage *ret, const uint8_t *bytes, size_t n, bool from_client)
{
        size_t n_fields = 0;

        *ret = (ModelMessage){ .big = n > 0 && bytes[0] == 'B' };
        if (n < 16 || (bytes[0] != 'l' && bytes[0] != 'B') || bytes[3] != 1)
                return false;
        ret->type = bytes[1];
        ret->flags = bytes[2];
        ret->n_body = number_at(bytes + 4, ret->big);
        ret->serial = number_at(bytes + 8, ret->big);
        n_fields = number_at(bytes + 12, ret->big);
        ret->n_header = (16 + n_fields + 7) / 8 * 8;
        if (ret->serial == 0 || ret->type == 0 || ret->n_header > 256 * 1024 || ret->n_header > n ||
            ret->n_header + ret->n_body > 128 * 1024 * 1024)
                return false;
        if (from_client && (ret->serial >= MODEL_OWN_SERIALS || ret->type > MODEL_SIGNAL))
                return false;
        ret->body = bytes + ret->n_header;
        if (!read_fields(ret, bytes, 16 + n_fields, from_client))
                return false;
        for (size_t i = 16 + n_fields; i < ret->n_header; i++)
                if (bytes[i] != 0)
                        return false;
        return has_fields(ret, from_client);
}

/* ---- writing ---- */

static void put_zeros(Buffer *to, size_t start, size_t multiple)
{
        while ((to->n - start) % multiple != 0)
                buffer_add_byte(to, '\0');
}

static void put_number_from(Buffer *to, size_t start, uint32_t number, bool big)
{
        put_zeros(to, start, 4);
        for (unsigned i = 0; i < 4; i++)
                buffer_add_byte(to, (char)(number >> 8 * (big ? 3 - i : i)));
}

void model_put_number(Buffer *body, uint32_t number, bool big)
{
        put_number_from(body, 0, number, big);
}

void model_put_string(Buffer *body, const char *text, bool big)
{
        model_put_number(body, (uint32_t)strlen(text), big);
        buffer_add(body, text, strlen(text) + 1);
}

static void put_field(Buffer *to, size_t start, char code, char type, const char *text, uint32_t number, bool big)
{
        if (text == NULL && number == 0)
                return;
        put_zeros(to, start, 8);
        buffer_add(to, (char[]){ code, 1, type, 0 }, 4);
        if (type == 'g')
                buffer_add_byte(to, (char)strlen(text));
        else
                put_number_from(to, start, text != NULL ? (uint32_t)strlen(text) : number, big);
        if (text != NULL)
                buffer_add(to, text, strlen(text) + 1);
}

void model_write(Buffer *to, const ModelMessage *message)
{
        size_t start = to->n, n_fields = 0;
        bool big = message->big;

        buffer_add(to, (char[]){ big ? 'B' : 'l', (char)message->type, (char)message->flags, 1 }, 4);
        put_number_from(to, start, (uint32_t)message->n_body, big);
        put_number_from(to, start, message->serial, big);
        put_number_from(to, start, 0, big);
        put_field(to, start, 8, 'g', message->signature, 0, big);
        put_field(to, start, 6, 's', message->destination, 0, big);
        put_field(to, start, 1, 'o', message->path, 0, big);
        put_field(to, start, 5, 'u', NULL, message->reply, big);
        put_field(to, start, 3, 's', message->member, 0, big);
        put_field(to, start, 2, 's', message->interface, 0, big);
        put_field(to, start, 4, 's', message->error, 0, big);
        put_field(to, start, 7, 's', message->sender, 0, big);
        put_field(to, start, 9, 'u', NULL, message->n_fds, big);
        n_fields = to->n - start - 16;
        put_zeros(to, start, 8);
        if (to->failed)
                abort();
        for (unsigned i = 0; i < 4; i++)
                to->bytes[start + 12 + i] = (char)(n_fields >> 8 * (big ? 3 - i : i));
        buffer_add(to, message->body, message->n_body);
}

const char *model_string(const ModelMessage *message, unsigned i)
{
        size_t at = 0;

        for (unsigned k = 0;; k++) {
                size_t n;

                at = (at + 3) / 4 * 4;
                if (message->signature == NULL || strlen(message->signature) <= k || message->signature[k] != 's' ||
                    at + 4 > message->n_body)
                        return NULL;
                n = number_at(message->body + at, message->big);
                at += 4;
                if (n >= message->n_body - at || strnlen((const char *)message->body + at, n + 1) != n)
                        return NULL;
                if (k == i)
                        return (const char *)message->body + at;
                at += n + 1;
        }
}

/* ---- rules ---- */

const char *const model_names[MODEL_N_NAMES] = {
        "a.see",       "a.see.sub", "a.talk",     "a.own",  "a.own.sub", "a.own.sub.x",
        "a.ownx",      "a.call",    "a.call.sub", "a.cast", "a.wide",    "a.wide.no",
        "a.wide.no.x", "a.arg",     "a.none",     "in.a",   "in.a.sub",  "org.oriel.Own",
};

int model_name(const char *name)
{
        for (int i = 0; name != NULL && i < MODEL_N_NAMES; i++)
                if (strcmp(name, model_names[i]) == 0)
                        return i;
        return -1;
}

typedef struct Rule {
        BusRuleKind kind;
        const char *name;
        bool below;
        const char *filter; /* as the mediator reads it; NULL: none, and what it means: */
        const char *interface, *member, *path;
        bool path_below;
        const char *argument;
} Rule;

static const Rule table[MODEL_N_RULES + 1] = {
        { .kind = BUS_RULE_SEE, .name = "a.see", .below = true },
        { .kind = BUS_RULE_TALK, .name = "a.talk" },
        { .kind = BUS_RULE_OWN, .name = "a.own", .below = true },
        { .kind = BUS_RULE_CALL,
          .name = "a.call",
          .filter = "i.f.Do@/p/*",
          .interface = "i.f",
          .member = "Do",
          .path = "/p",
          .path_below = true },
        { .kind = BUS_RULE_BROADCAST,
          .name = "a.cast",
          .filter = "i.f.Sig@/p",
          .interface = "i.f",
          .member = "Sig",
          .path = "/p" },
        { .kind = BUS_RULE_TALK, .name = "a.wide", .below = true },
        { .kind = BUS_RULE_DENY, .name = "a.wide.no", .below = true },
        { .kind = BUS_RULE_DENY, .name = "a.talk", .filter = "i.f.Never", .interface = "i.f", .member = "Never" },
        { .kind = BUS_RULE_CALL, .name = "a.see", .filter = "i.f.*", .interface = "i.f" },
        { .kind = BUS_RULE_OWN, .name = "org.oriel", .below = true },
        { .kind = BUS_RULE_BROADCAST, .name = "a.see", .below = true, .filter = "*" },
        { .kind = BUS_RULE_CALL, .name = "a.call", .below = true, .filter = "@/q", .path = "/q" },
        { .kind = BUS_RULE_TALK, .name = "a.own.sub" },
        { .kind = BUS_RULE_DENY, .name = "a.own.sub" },
        { .kind = BUS_RULE_CALL,
          .name = "a.arg",
          .filter = "i.f.Do,arg0=yes",
          .interface = "i.f",
          .member = "Do",
          .argument = "yes" },
        { .kind = BUS_RULE_DENY,
          .name = "a.wide",
          .below = true,
          .filter = "*@/p/*",
          .path = "/p",
          .path_below = true },
        { .kind = BUS_RULE_ASK, .name = "a.see.sub" },
        { .kind = BUS_RULE_BROADCAST,
          .name = "a.talk",
          .filter = "i.f.Sig,arg0=yes",
          .interface = "i.f",
          .member = "Sig",
          .argument = "yes" },
        /* not one to choose: what is behind a split */
        { .kind = BUS_RULE_DENY, .name = "in", .below = true },
};

bool model_is_inner(const char *name)
{
        return strncmp(name, "in.", 3) == 0;
}

static BusPolicy *make_policy(uint32_t rules, bool without_inner)
{
        BusPolicy *policy = bus_policy_new();

        for (unsigned i = 0; i <= MODEL_N_RULES; i++) {
                CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
                CLEANUP(bus_rule_freep) BusRule *rule = NULL;

                if (i < MODEL_N_RULES ? (rules >> i & 1) == 0 : !without_inner)
                        continue;
                /* "in" alone is no name of a bus. */
                buffer_printf(&text, "%s%s%s%s", i < MODEL_N_RULES ? table[i].name : "in.a", table[i].below ? ".*" : "",
                              table[i].filter != NULL ? "=" : "", table[i].filter != NULL ? table[i].filter : "");
                if (bus_rule_parse(&rule, NULL, table[i].kind, buffer_text(&text)) != 0 ||
                    bus_policy_add(policy, &rule) != 0)
                        abort();
        }
        return policy;
}

BusPolicy *model_policy(uint32_t rules)
{
        return make_policy(rules, false);
}

BusPolicy *model_policy_without_inner(uint32_t rules)
{
        return make_policy(rules, true);
}

static bool speaks_of(const Rule *rule, const char *name)
{
        size_t n = strlen(rule->name);

        return strcmp(rule->name, name) == 0 || (rule->below && strncmp(name, rule->name, n) == 0 && name[n] == '.');
}

/* The longer the written name the narrower; that name alone is narrower than with all below it. */
static size_t narrowness(const Rule *rule)
{
        return 2 * strlen(rule->name) + !rule->below;
}

/* Does this rule hold for the name: no narrower one, and none as narrow, takes the name away? */
static bool holds(uint32_t rules, unsigned i, const char *name)
{
        bool is_denial = table[i].kind == BUS_RULE_DENY && table[i].filter == NULL;

        if ((rules >> i & 1) == 0 || is_denial || !speaks_of(&table[i], name) || strncmp(name, "org.oriel.", 10) == 0)
                return false;
        for (unsigned k = 0; k < MODEL_N_RULES; k++)
                if ((rules >> k & 1) != 0 && table[k].kind == BUS_RULE_DENY && table[k].filter == NULL &&
                    speaks_of(&table[k], name) && narrowness(&table[k]) >= narrowness(&table[i]))
                        return false;
        return true;
}

static bool holds_for_peer(uint32_t rules, unsigned i, ModelPeer peer)
{
        bool takes = table[i].kind == BUS_RULE_DENY || table[i].kind == BUS_RULE_ASK;

        for (unsigned n = 0; n < MODEL_N_NAMES; n++)
                if (((takes ? peer.denying : peer.names) >> n & 1) != 0 && holds(rules, i, model_names[n]))
                        return true;
        return false;
}

static BusAccess level_of(const Rule *rule, bool visible)
{
        switch (rule->kind) {
        case BUS_RULE_SEE:
                return BUS_ACCESS_SEE;
        case BUS_RULE_TALK:
                return BUS_ACCESS_TALK;
        case BUS_RULE_OWN:
                return BUS_ACCESS_OWN;
        case BUS_RULE_CALL:
        case BUS_RULE_BROADCAST:
        case BUS_RULE_ASK:
                return visible ? BUS_ACCESS_TALK : BUS_ACCESS_NONE;
        case BUS_RULE_DENY:
        case _BUS_RULE_KIND_MAX:
        default:
                return BUS_ACCESS_NONE;
        }
}

static BusAccess access_of(uint32_t rules, ModelPeer peer, bool visible)
{
        BusAccess best = peer.at_least;

        peer.denying = peer.names; /* an ask rule shows the name, too */
        for (unsigned i = 0; i < MODEL_N_RULES; i++)
                if (holds_for_peer(rules, i, peer) && level_of(&table[i], visible) > best)
                        best = level_of(&table[i], visible);
        return best;
}

BusAccess model_visible(uint32_t rules, ModelPeer peer)
{
        return access_of(rules, peer, true);
}

static bool is_text(const char *text, const char *wanted)
{
        return wanted == NULL || (text != NULL && strcmp(text, wanted) == 0);
}

static bool covers(const Rule *rule, const ModelMessage *message)
{
        size_t n = rule->path != NULL ? strlen(rule->path) : 0;
        bool path = is_text(message->path, rule->path);

        if (rule->path_below && strncmp(message->path, rule->path, n) == 0 && message->path[n] == '/')
                path = true;
        return path && is_text(message->interface, rule->interface) && is_text(message->member, rule->member) &&
               (rule->argument == NULL || is_text(model_string(message, 0), rule->argument));
}

static bool any_covers(uint32_t rules, ModelPeer peer, BusRuleKind kind, const ModelMessage *message)
{
        for (unsigned i = 0; i < MODEL_N_RULES; i++)
                if (table[i].kind == kind && holds_for_peer(rules, i, peer) && covers(&table[i], message))
                        return true;
        return false;
}

/* Nobody is there to answer a question, so an ask rule denies what no call rule allows. */
static bool may_call(uint32_t rules, ModelPeer peer, const ModelMessage *message)
{
        if (access_of(rules, peer, true) == BUS_ACCESS_NONE || any_covers(rules, peer, BUS_RULE_DENY, message))
                return false;
        if (any_covers(rules, peer, BUS_RULE_CALL, message))
                return true;
        return !any_covers(rules, peer, BUS_RULE_ASK, message) && access_of(rules, peer, false) >= BUS_ACCESS_TALK;
}

static const struct {
        const char *member;
        BusAccess wants;
} methods[] = {
        { "Hello", BUS_ACCESS_NONE },
        { "AddMatch", BUS_ACCESS_NONE },
        { "RemoveMatch", BUS_ACCESS_NONE },
        { "GetId", BUS_ACCESS_NONE },
        { "ListNames", BUS_ACCESS_NONE },
        { "ListActivatableNames", BUS_ACCESS_NONE },
        { "NameHasOwner", BUS_ACCESS_SEE },
        { "GetNameOwner", BUS_ACCESS_SEE },
        { "GetConnectionUnixProcessID", BUS_ACCESS_SEE },
        { "GetConnectionUnixUser", BUS_ACCESS_SEE },
        { "GetConnectionCredentials", BUS_ACCESS_SEE },
        { "GetConnectionSELinuxSecurityContext", BUS_ACCESS_SEE },
        { "GetAdtAuditSessionData", BUS_ACCESS_SEE },
        { "StartServiceByName", BUS_ACCESS_TALK },
        { "RequestName", BUS_ACCESS_OWN },
        { "ReleaseName", BUS_ACCESS_OWN },
        { "ListQueuedOwners", BUS_ACCESS_OWN },
};

bool model_is(const char *text, const char *wanted)
{
        return text != NULL && strcmp(text, wanted) == 0;
}

bool model_is_to_bus(const ModelMessage *message)
{
        return message->type == MODEL_CALL && model_is(message->destination, MODEL_BUS);
}

/* -1: what the message calls is none of the methods that a client may. */
static int method_of(const ModelMessage *message)
{
        for (int i = 0; i < (int)(sizeof methods / sizeof *methods); i++)
                if (model_is_to_bus(message) && model_is(message->interface, MODEL_BUS) &&
                    model_is(message->member, methods[i].member))
                        return i;
        return -1;
}

bool model_is_about_name(const ModelMessage *message)
{
        int i = method_of(message);

        return i >= 0 && methods[i].wants > BUS_ACCESS_NONE;
}

bool model_is_match_call(const ModelMessage *message)
{
        int i = method_of(message);

        return i == 1 || i == 2;
}

bool model_is_owner_changed(const ModelMessage *message)
{
        return message->type == MODEL_SIGNAL && model_is(message->sender, MODEL_BUS) &&
               model_is(message->interface, MODEL_BUS) && model_is(message->member, "NameOwnerChanged");
}

static bool may_call_bus(uint32_t rules, ModelPeer about, const ModelMessage *message)
{
        const char *argument = model_string(message, 0);
        int i = method_of(message);

        if (model_is(message->interface, MODEL_BUS ".Introspectable"))
                return true;
        if (i < 0)
                return false;
        if (model_is_match_call(message))
                return argument != NULL && strstr(argument, "eavesdrop") == NULL;
        return methods[i].wants == BUS_ACCESS_NONE ||
               (argument != NULL && access_of(rules, about, true) >= methods[i].wants);
}

bool model_may_send(uint32_t rules, ModelPeer to, ModelPeer about, const ModelMessage *message)
{
        if (model_is_to_bus(message))
                return may_call_bus(rules, about, message);
        if (model_is(message->destination, MODEL_BUS))
                return false;
        if (message->type == MODEL_CALL && message->destination == NULL)
                return model_is(message->interface, "org.freedesktop.DBus.Peer");
        if (message->type == MODEL_CALL)
                return may_call(rules, to, message);
        return message->type == MODEL_SIGNAL &&
               (message->destination == NULL ||
                (access_of(rules, to, false) >= BUS_ACCESS_TALK && !any_covers(rules, to, BUS_RULE_DENY, message)));
}

bool model_may_hear(uint32_t rules, bool sloppy, ModelPeer from, ModelPeer about, const ModelMessage *message)
{
        const char *argument = model_string(message, 0);

        if (message->reply != 0 || message->sender == NULL)
                return false;
        if (message->type == MODEL_CALL)
                return message->destination != NULL;
        if (message->type != MODEL_SIGNAL)
                return false;
        if (model_is_owner_changed(message))
                return model_is(message->signature, "sss") && argument != NULL &&
                       ((sloppy && argument[0] == ':') || access_of(rules, about, true) >= BUS_ACCESS_SEE);
        if (message->destination != NULL)
                return true;
        return !any_covers(rules, from, BUS_RULE_DENY, message) &&
               (any_covers(rules, from, BUS_RULE_BROADCAST, message) ||
                access_of(rules, from, false) >= BUS_ACCESS_TALK);
}
