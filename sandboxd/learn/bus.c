/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* D-Bus: of each name, what was asked of it becomes the least that allows just that.  A method becomes a call rule for
 * it; where so many of an interface were called that a list says less than its name, one for the interface.  Object
 * paths are left out of rules: they have numbers in them that are others the next time. */
#include <string.h>

#include "base/cleanup.h"
#include "ids/bus-name.h"
#include "learn/part.h"
#include "rules/bus-danger.h"
#include "rules/bus-policy.h"

enum { FOLD_METHODS = 6 /* more of one interface become INTERFACE.* */ };

#define BUS "org.freedesktop.DBus"

typedef struct Asked {
        gint64 n_see, n_talk, n_own; /* refusals that need no less */
        GHashTable *methods;         /* "i.j.M" -> its refusals (gint64 *) */
} Asked;

/* The buses, as mediators call them. */
static const struct {
        const char *via;
        ProfileMap policy, rules; /* rules _PROFILE_MAP_MAX: there are none */
} buses[] = {
        { "session-bus", PROFILE_MAP_SESSION_POLICY, PROFILE_MAP_SESSION_RULES },
        { "system-bus", PROFILE_MAP_SYSTEM_POLICY, PROFILE_MAP_SYSTEM_RULES },
        { "accessibility-bus", PROFILE_MAP_ACCESSIBILITY_POLICY, _PROFILE_MAP_MAX },
};

typedef struct Bus {
        const Profile *profile;
        GHashTable *names[G_N_ELEMENTS(buses)]; /* name -> Asked */
} Bus;

static void free_asked(gpointer data)
{
        Asked *asked = data;

        g_hash_table_unref(asked->methods);
        g_free(asked);
}

static gpointer new_bus(const Profile *profile, const char *home)
{
        Bus *bus = g_new0(Bus, 1);

        (void)home;
        bus->profile = profile;
        for (gsize i = 0; i < G_N_ELEMENTS(bus->names); i++)
                bus->names[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_asked);
        return bus;
}

static void free_bus(gpointer data)
{
        Bus *bus = data;

        for (gsize i = 0; i < G_N_ELEMENTS(bus->names); i++)
                g_hash_table_unref(bus->names[i]);
        g_free(bus);
}

static Asked *asked_of(GHashTable *names, const char *name)
{
        Asked *asked = g_hash_table_lookup(names, name);

        if (asked == NULL) {
                asked = g_new0(Asked, 1);
                asked->methods = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
                g_hash_table_insert(names, g_strdup(name), asked);
        }
        return asked;
}

static void add_method(Asked *asked, const char *method, gint64 n)
{
        gint64 *count = g_hash_table_lookup(asked->methods, method);

        if (count == NULL) {
                count = g_new0(gint64, 1);
                g_hash_table_insert(asked->methods, g_strdup(method), count);
        }
        *count += n;
}

/* "org.freedesktop.DBus.NameHasOwner", and not "org.freedesktop.DBus.Properties.Get". */
static gboolean is_question_to_bus(const char *member)
{
        return g_str_has_prefix(member, BUS ".") && strchr(member + strlen(BUS "."), '.') == NULL;
}

static gboolean is_method(const char *member)
{
        const char *dot = strrchr(member, '.');

        return dot != NULL && bus_interface_is_valid(member, (gsize)(dot - member)) &&
               bus_member_is_valid(dot + 1, strlen(dot + 1));
}

static gboolean add(gpointer data, const AuditRecord *untrusted)
{
        Bus *bus = data;
        const char *via = untrusted->text[AUDIT_VIA], *name = untrusted->text[AUDIT_NAME];
        const char *op = untrusted->text[AUDIT_OP], *member = untrusted->text[AUDIT_MEMBER];
        gint64 n = untrusted->number[AUDIT_N] > 1 ? untrusted->number[AUDIT_N] : 1;
        gsize which = 0;
        Asked *asked = NULL;

        while (which < G_N_ELEMENTS(buses) && g_strcmp0(via, buses[which].via) != 0)
                which++;
        if (which == G_N_ELEMENTS(buses) || name == NULL || op == NULL || !bus_name_is_well_known(name, strlen(name)) ||
            strcmp(name, BUS) == 0 || bus_policy_is_reserved(name) ||
            g_strcmp0(untrusted->text[AUDIT_BY], "guard") == 0)
                return FALSE;
        asked = asked_of(bus->names[which], name);
        if (strcmp(op, "own") == 0)
                asked->n_own += n;
        else if (strcmp(op, "call") == 0 && member != NULL && is_question_to_bus(member))
                asked->n_see += n;
        else if (strcmp(op, "call") == 0 && member != NULL && is_method(member))
                add_method(asked, member, n);
        else
                asked->n_talk += n; /* to start it, to signal to it, to call without saying which interface */
        return TRUE;
}

/* ---- what the profile says already ---- */

/* Does the profile itself deny this?  No rule beside that one would help. */
static gboolean is_denied(const char *rules, const char *name, const char *method)
{
        g_auto(GStrv) entries = g_strsplit(rules != NULL ? rules : "", ";", -1);
        const char *dot = method != NULL ? strrchr(method, '.') : NULL;
        g_autofree char *interface = dot != NULL ? g_strndup(method, (gsize)(dot - method)) : NULL;
        BusAct act = { .interface = interface, .member = dot != NULL ? dot + 1 : NULL };

        for (char **entry = entries; *entry != NULL; entry++) {
                g_autofree char *text = NULL;
                CLEANUP(bus_rule_freep) BusRule *rule = NULL;

                if (strcmp(*entry, "deny") == 0 || strcmp(*entry, "inner") == 0)
                        return TRUE;
                if (!g_str_has_prefix(*entry, "deny:") || method == NULL)
                        continue;
                text = g_strdup_printf("%s=%s", name, *entry + strlen("deny:"));
                if (bus_rule_parse(&rule, NULL, BUS_RULE_DENY, text) == 0 && bus_rule_covers_act(rule, &act, true))
                        return TRUE;
        }
        return FALSE;
}

static char *join(const char *before, const char *more)
{
        g_auto(GStrv) entries = g_strsplit(before != NULL ? before : "", ";", -1);
        g_autoptr(GString) joined = g_string_new(NULL);

        for (char **entry = entries; *entry != NULL; entry++)
                if (**entry != '\0')
                        g_string_append_printf(joined, "%s;", *entry);
        g_string_append(joined, more);
        return g_string_free(g_steal_pointer(&joined), FALSE);
}

typedef struct Place {
        gsize bus; /* in buses */
        const char *name;
        const char *rules, *policy; /* what the profile says of the name; NULL: nothing */
        GPtrArray *put;
} Place;

/* Why it is left out, or NULL.  On the accessibility bus everything is what its address is. */
static const char *danger_of(const Place *place, const char *method)
{
        gboolean accessibility = buses[place->bus].rules == _PROFILE_MAP_MAX;
        const BusDanger *danger = bus_danger_find(buses[place->bus].rules == PROFILE_MAP_SYSTEM_RULES,
                                                  accessibility ? "org.a11y.Bus" : place->name, method);

        return danger != NULL ? danger->reason : NULL;
}

static const char *group_of(ProfileMap map)
{
        return profile_map_info(map)->group;
}

/* see, talk, own.  For one name a rule wins over a policy, so where there are rules it becomes one. */
static void put_level(const Place *place, const char *word, gint64 n)
{
        const char *danger = strcmp(word, "see") != 0 ? danger_of(place, NULL) : NULL;

        if (place->rules != NULL)
                learn_put(place->put, group_of(buses[place->bus].rules), place->name, join(place->rules, word),
                          place->rules, danger, n);
        else
                learn_put(place->put, group_of(buses[place->bus].policy), place->name, g_strdup(word), place->policy,
                          danger, n);
}

static void put_methods(const Place *place, const char *rules, const char *danger, gint64 n)
{
        const char *policy = g_strcmp0(place->policy, "none") != 0 ? place->policy : NULL;
        const char *before = place->rules != NULL ? place->rules : policy;

        if (*rules != '\0')
                learn_put(place->put, group_of(buses[place->bus].rules), place->name, join(before, rules), place->rules,
                          danger, n);
}

/* ---- methods ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *sorted_keys(GHashTable *table)
{
        GPtrArray *keys = g_ptr_array_new();
        GHashTableIter iter;
        gpointer key;

        g_hash_table_iter_init(&iter, table);
        while (g_hash_table_iter_next(&iter, &key, NULL))
                g_ptr_array_add(keys, key);
        g_ptr_array_sort(keys, compare_names);
        return keys;
}

static gboolean is_same_interface(const char *one, const char *other)
{
        gsize n = (gsize)(strrchr(one, '.') - one);

        return strncmp(one, other, n + 1) == 0 && strchr(other + n + 1, '.') == NULL;
}

static void add_rule(GString *rules, const char *method, gboolean whole)
{
        int n = whole ? (int)(strrchr(method, '.') - method) : (int)strlen(method);

        g_string_append_printf(rules, "%scall:%.*s%s", rules->len > 0 ? ";" : "", n, method, whole ? ".*" : "");
}

/* One rule for those that are harmless, one for each danger.  The number of refusals without an answer. */
static gint64 put_calls(const Place *place, const Asked *asked)
{
        g_autoptr(GPtrArray) methods = sorted_keys(asked->methods);
        g_autoptr(GString) safe = g_string_new(NULL);
        g_autoptr(GString) unsafe = g_string_new(NULL);
        const char *reason = NULL;
        gint64 n_safe = 0, n_unsafe = 0, n_unanswered = 0;

        for (guint i = 0, end; i < methods->len; i = end) {
                const char *method = methods->pdata[i];
                const char *danger = danger_of(place, method);
                GString *rules = danger != NULL ? unsafe : safe;
                gint64 *n_answered = danger != NULL ? &n_unsafe : &n_safe;
                gboolean whole;

                for (end = i + 1; end < methods->len && is_same_interface(method, methods->pdata[end]);)
                        end++;
                whole = end - i > FOLD_METHODS;
                if (whole)
                        add_rule(rules, method, TRUE);
                for (guint k = i; k < end; k++) {
                        gint64 n = *(const gint64 *)g_hash_table_lookup(asked->methods, methods->pdata[k]);
                        gboolean denied = is_denied(place->rules, place->name, methods->pdata[k]);

                        if (!whole && !denied)
                                add_rule(rules, methods->pdata[k], FALSE);
                        *(denied ? &n_unanswered : n_answered) += n;
                }
                reason = danger != NULL ? danger : reason;
        }
        put_methods(place, safe->str, NULL, n_safe);
        put_methods(place, unsafe->str, reason, n_unsafe);
        return n_unanswered;
}

static gint64 count_calls(const Asked *asked)
{
        GHashTableIter iter;
        gpointer value;
        gint64 n = 0;

        g_hash_table_iter_init(&iter, asked->methods);
        while (g_hash_table_iter_next(&iter, NULL, &value))
                n += *(const gint64 *)value;
        return n;
}

/* The least that covers all that was asked of the name: each level holds the lower ones, and a call rule shows the name
 * as far as starting it needs. */
static gint64 put_name(const Place *place, const Asked *asked)
{
        gint64 n_all = asked->n_see + asked->n_talk + asked->n_own + count_calls(asked);

        if (is_denied(place->rules, place->name, NULL))
                return n_all;
        if (asked->n_own > 0)
                put_level(place, "own", n_all);
        else if (asked->n_talk > 0 || (buses[place->bus].rules == _PROFILE_MAP_MAX && asked->n_see < n_all))
                put_level(place, "talk", n_all);
        else if (g_hash_table_size(asked->methods) > 0)
                return put_calls(place, asked);
        else
                put_level(place, "see", n_all);
        return 0;
}

static gint64 put(gpointer data, GPtrArray *rules)
{
        Bus *bus = data;
        gint64 n_unanswered = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(buses); i++) {
                g_autoptr(GPtrArray) names = sorted_keys(bus->names[i]);
                ProfileMap map = buses[i].rules;

                for (guint k = 0; k < names->len; k++) {
                        Place place = { .bus = i, .name = names->pdata[k], .put = rules };

                        place.rules = map != _PROFILE_MAP_MAX ? profile_map_get(bus->profile, map, place.name) : NULL;
                        place.policy = profile_map_get(bus->profile, buses[i].policy, place.name);
                        n_unanswered += put_name(&place, g_hash_table_lookup(bus->names[i], place.name));
                }
        }
        return n_unanswered;
}

const LearnPart learn_bus = { 1u << AUDIT_EVENT_DBUS, new_bus, free_bus, add, put };
