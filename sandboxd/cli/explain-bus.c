/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/explain.h"
#include "cli/plan-view.h"
#include "ids/bus-name.h"
#include "rules/bus-policy.h"

/* One of the three buses. */
typedef struct Bus {
        const char *title;  /* N_() */
        const char *socket; /* the proxy's, at the end of its path */
        ProfileKey mode;
        ProfileMap policy, rules; /* _PROFILE_MAP_MAX: none */
} Bus;

static const Bus buses[] = {
        { N_("session bus"), "/session", PROFILE_COMPANIONS_BUS, PROFILE_MAP_SESSION_POLICY,
          PROFILE_MAP_SESSION_RULES },
        { N_("system bus"), "/system", PROFILE_COMPANIONS_SYSTEM_BUS, PROFILE_MAP_SYSTEM_POLICY,
          PROFILE_MAP_SYSTEM_RULES },
        { N_("accessibility bus"), "/accessibility", PROFILE_COMPANIONS_ACCESSIBILITY, PROFILE_MAP_ACCESSIBILITY_POLICY,
          _PROFILE_MAP_MAX },
};

/* "--talk=NAME" of the mediator's command line. */
static void add_rule(BusPolicy *policy, const char *argument)
{
        const char *sign = strchr(argument, '=');

        for (int kind = 0; sign != NULL && kind < _BUS_RULE_KIND_MAX; kind++) {
                const char *word = bus_rule_kind_word(kind);
                CLEANUP(bus_rule_freep) BusRule *rule = NULL;

                if (strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, word, strlen(word)) == 0 &&
                    argument + 2 + strlen(word) == sign && bus_rule_parse(&rule, NULL, kind, sign + 1) == 0)
                        bus_policy_add(policy, &rule);
        }
}

/* What the plan's mediator does on this bus: the arguments after "ADDRESS SOCKET" up to the next address.  NULL: the
 * plan has no mediator for it. */
static BusPolicy *read_policy(const Plan *plan, const Bus *bus)
{
        const PlanProgram *proxy = plan_view_program(plan, "bus-proxy");
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        bool ours = false, found = false;

        for (char **argument = proxy != NULL ? proxy->argv : NULL; argument != NULL && *argument != NULL; argument++) {
                if (**argument == '/' && argument > proxy->argv)
                        ours = g_str_has_suffix(*argument, bus->socket);
                found |= ours;
                if (ours)
                        add_rule(policy, *argument);
        }
        return found ? STEAL(policy) : NULL;
}

/* Is it looked for on the box's own bus? */
static bool is_inner(const Plan *plan, const Bus *bus, const char *name)
{
        const PlanProgram *split = plan_view_program(plan, "bus-split");
        CLEANUP(bus_policy_freep) BusPolicy *inner = bus_policy_new();
        bool ours = false;

        for (char **argument = split != NULL ? split->argv : NULL; argument != NULL && *argument != NULL; argument++) {
                if (**argument == '/' && argument > split->argv)
                        ours = g_str_has_suffix(*argument, bus->socket);
                if (ours && g_str_has_prefix(*argument, "--inner-name=")) {
                        g_autofree char *rule = g_strdup_printf("--talk=%s", *argument + strlen("--inner-name="));

                        add_rule(inner, rule);
                }
        }
        return bus_policy_visible(inner, name) != BUS_ACCESS_NONE;
}

/* The name is the longest beginning that the rules give something for; the rest is INTERFACE.MEMBER. */
static char *split_name(const BusPolicy *policy, const char *text, const char **ret_rest)
{
        for (gsize n = strlen(text); n > 0; n--) {
                g_autofree char *name = g_strndup(text, n);
                BusStanding standing = { 0 };

                if ((text[n] != '\0' && text[n] != '.') || !bus_name_is_well_known(name, n))
                        continue;
                bus_policy_look_up(policy, name, &standing);
                if (standing.visible == BUS_ACCESS_NONE && !standing.filtered)
                        continue;
                *ret_rest = text[n] == '.' ? text + n + 1 : NULL;
                return g_steal_pointer(&name);
        }
        *ret_rest = NULL;
        return g_strdup(text);
}

static BusDecision may_call(const BusPolicy *policy, const char *name, const char *method)
{
        g_autofree char *interface = g_strdup(method);
        char *member = strrchr(interface, '.');
        BusStanding standing = { 0 };
        BusAct act = { .path = "/",
                       .interface = member != NULL ? interface : NULL,
                       .member = member != NULL ? member + 1 : interface };

        if (member != NULL)
                *member = '\0';
        bus_policy_look_up(policy, name, &standing);
        return bus_policy_decide(policy, &standing, BUS_RULE_CALL, &act);
}

/* The map's entry that speaks of the name most exactly. */
static bool add_origin(const Profile *profile, ProfileMap map, const char *name, Buffer *text)
{
        guint best = 0;
        gsize n_best = 0;

        for (guint i = 0; map != _PROFILE_MAP_MAX && i < profile_map_size(profile, map); i++) {
                const char *pattern = profile_map_name(profile, map, i);
                gsize n = strlen(pattern);
                bool below = g_str_has_suffix(pattern, ".*");
                gsize n_name = below ? n - 2 : n;

                if (strncmp(name, pattern, n_name) != 0 || !(name[n_name] == '\0' || (below && name[n_name] == '.')))
                        continue;
                if (n_name < n_best)
                        continue;
                best = i;
                n_best = n_name;
        }
        if (n_best == 0)
                return false;
        explain_add_origin(text, profile_map_origin(profile, map, best), profile_map_info(map)->group,
                           profile_map_name(profile, map, best));
        return true;
}

static void add_mode(const Launch *launch, const Bus *bus, Buffer *text)
{
        const Profile *profile = launch->profile->profile;
        const ProfileKeyInfo *info = profile_key_info(bus->mode);
        const char *mode = profile_get_string(profile, bus->mode);

        buffer_printf(text, "%s=%s", info->key, mode != NULL ? mode : "-");
        explain_add_origin(text, profile_origin(profile, bus->mode, 0), info->group, info->key);
}

/* *ret_name: the part of text that is the bus name, where the rules tell; else NULL. */
static bool explain_on(const Launch *launch, const Bus *bus, const char *text, char **ret_name, Buffer *ret_text)
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = read_policy(launch->plan, bus);
        const Profile *profile = launch->profile->profile;
        const char *mode = profile_get_string(profile, bus->mode), *method = NULL;
        g_autofree char *name = NULL;
        BusAccess access = BUS_ACCESS_NONE;
        BusDecision decision = BUS_DECISION_NO;
        bool allowed = false;

        buffer_printf(ret_text, "%s: ", _(bus->title));
        if (policy == NULL) {
                bool inner = g_strcmp0(mode, "inner") == 0;

                allowed = g_strcmp0(mode, "host") == 0 || inner;
                buffer_add_text(ret_text, inner                          ? _("allowed, on the box's own bus: ")
                                          : allowed                      ? _("allowed, all of it: ")
                                          : g_strcmp0(mode, "none") == 0 ? _("not allowed, the box has none: ")
                                                                         : _("not allowed, the host has none: "));
                add_mode(launch, bus, ret_text);
                buffer_add_byte(ret_text, '\n');
                return allowed;
        }
        if (is_inner(launch->plan, bus, text)) {
                buffer_add_escaped(ret_text, text);
                buffer_add_text(ret_text, _(": allowed, on the box's own bus"));
                if (!add_origin(profile, bus->rules, text, ret_text))
                        explain_add_origin(ret_text, profile_origin(profile, PROFILE_COMPANIONS_KEYRING, 0),
                                           "Companions", "keyring");
                buffer_add_byte(ret_text, '\n');
                return true;
        }
        name = split_name(policy, text, &method);
        access = bus_policy_visible(policy, name);
        decision = method != NULL ? may_call(policy, name, method) : BUS_DECISION_NO;
        allowed = method != NULL ? decision == BUS_DECISION_YES : access != BUS_ACCESS_NONE;
        buffer_add_escaped(ret_text, name);
        buffer_printf(ret_text, ": %s",
                      decision == BUS_DECISION_ASK ? _("asked about, call ")
                      : !allowed                   ? _("not allowed")
                      : method != NULL             ? _("allowed, call ")
                                                   : bus_access_word(access));
        if (decision != BUS_DECISION_NO)
                buffer_add_escaped(ret_text, method);
        if (bus_policy_is_reserved(name))
                buffer_add_text(ret_text, _(" (no grant reaches Oriel itself)"));
        else if (!add_origin(profile, bus->rules, name, ret_text) && !add_origin(profile, bus->policy, name, ret_text))
                buffer_add_text(ret_text, allowed ? _(" (as in every box)") : _(" (no line of the profile names it)"));
        buffer_add_byte(ret_text, '\n');
        *ret_name = g_steal_pointer(&name);
        return allowed;
}

/* The accessibility bus has no names but its own and those that the profile lets the app have there. */
static bool concerns(const Plan *plan, const Bus *bus, const char *name)
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = NULL;

        if (bus->rules != _PROFILE_MAP_MAX || g_str_has_prefix(name, "org.a11y."))
                return true;
        policy = read_policy(plan, bus);
        return policy != NULL && bus_policy_visible(policy, name) != BUS_ACCESS_NONE;
}

int explain_bus(const Launch *launch, const char *name, Buffer *ret_text)
{
        g_autofree char *meant = NULL;
        bool allowed = false;

        for (gsize i = 0; i < G_N_ELEMENTS(buses); i++) {
                g_autofree char *found = NULL;

                if (!concerns(launch->plan, &buses[i], name))
                        continue;
                allowed |= explain_on(launch, &buses[i], name, &found, ret_text);
                if (meant == NULL && g_strcmp0(found, name) != 0)
                        meant = g_steal_pointer(&found);
        }
        if (allowed)
                return COMMAND_DONE;
        if (bus_policy_is_reserved(name))
                return COMMAND_NO;
        buffer_add_text(ret_text, _("mend: --talk-name="));
        buffer_add_escaped(ret_text, meant != NULL ? meant : name);
        buffer_add_byte(ret_text, '\n');
        return COMMAND_NO;
}
