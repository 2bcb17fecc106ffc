/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buses: what of the host's session and system bus the app may reach, as options of oriel-dbus-proxy.  Oriel's own
 * names need no word here: no profile can name them, and the proxy knows none of them. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "rules/bus-danger.h"

#define BUS_SIZE ((guint64)64 * 1024)
#define SESSION_PATH "/run/oriel-bus/session"
#define SYSTEM_PATH "/run/oriel-bus/system"
#define RAW_SESSION_PATH "/run/oriel/session-bus"

typedef struct Bus {
        const char *word; /* in sentences: "bus", "system-bus" */
        ProfileKey key;
        ProfileMap policy, rules;
        const char *flatpak_socket;
} Bus;

static const Bus session_bus = { "bus", PROFILE_COMPANIONS_BUS, PROFILE_MAP_SESSION_POLICY, PROFILE_MAP_SESSION_RULES,
                                 "session-bus" };
static const Bus system_bus = { "system-bus", PROFILE_COMPANIONS_SYSTEM_BUS, PROFILE_MAP_SYSTEM_POLICY,
                                PROFILE_MAP_SYSTEM_RULES, "system-bus" };

/* Once: a profile may say itself what every app is given. */
static void add_option(GPtrArray *options, const char *option, const char *name, const char *rule)
{
        g_autofree char *text = rule == NULL ? g_strdup_printf("--%s=%s", option, name)
                                             : g_strdup_printf("--%s=%s=%s", option, name, rule);

        if (!g_ptr_array_find_with_equal_func(options, text, g_str_equal, NULL))
                g_ptr_array_add(options, g_steal_pointer(&text));
}

static void note_portal(Planner *planner, const char *name)
{
        if (g_str_has_prefix(name, "org.freedesktop.portal."))
                planner->portals = TRUE;
}

static void warn_of(Planner *planner, const Bus *bus, const char *name)
{
        const BusDanger *danger = bus_danger_find(bus == &system_bus, name, NULL);

        /* The portal's two methods are answered in its place. */
        if (danger != NULL && danger->interface == NULL)
                planner_note(planner, _("asked and given %s on a bus: whoever may call it %s"), name,
                             _(danger->reason));
}

static void add_policies(Planner *planner, GPtrArray *options, const Bus *bus)
{
        const Profile *profile = planner->profile;

        for (guint i = 0; i < profile_map_size(profile, bus->policy); i++) {
                const char *name = profile_map_name(profile, bus->policy, i);
                const char *access = profile_map_value(profile, bus->policy, i);

                /* For one name a rule wins over a policy. */
                if (g_str_equal(access, "none") || profile_map_get(profile, bus->rules, name) != NULL)
                        continue;
                add_option(options, access, name, NULL);
                note_portal(planner, name);
                if (!g_str_equal(access, "see"))
                        warn_of(planner, bus, name);
        }
}

/* A profile's rule in the mediator's words: "call:X" is --call=NAME=X. */
static const struct RuleForm {
        const char *prefix, *option;
} rule_forms[] = {
        { "call:", "call" },
        { "broadcast:", "broadcast" },
        { "ask:", "ask" },
        { "deny:", "deny" },
};

/* "call:i.j.M": TRUE, if it was such a rule. */
static gboolean add_filter_rule(Planner *planner, GPtrArray *options, const char *name, const char *rule)
{
        for (gsize i = 0; i < G_N_ELEMENTS(rule_forms); i++) {
                if (!g_str_has_prefix(rule, rule_forms[i].prefix))
                        continue;
                add_option(options, rule_forms[i].option, name, rule + strlen(rule_forms[i].prefix));
                if (i != G_N_ELEMENTS(rule_forms) - 1)
                        note_portal(planner, name);
                return TRUE;
        }
        return FALSE;
}

static void add_inner_name(Planner *planner, const Bus *bus, const char *name)
{
        g_autofree char *asked = g_strdup_printf("%s=inner", name);

        if (planner_inner_bus_is_there(planner, asked))
                planner_inner_name(bus == &session_bus ? planner->inner_names : planner->inner_system_names, name);
}

static void add_rules_of(Planner *planner, GPtrArray *options, const Bus *bus, const char *name, const char *value)
{
        static const char *const words[] = { "see", "talk", "own", "ask", "deny", NULL };
        g_auto(GStrv) rules = g_strsplit(value, ";", -1);

        for (gsize i = 0; rules[i] != NULL; i++) {
                const char *rule = rules[i];

                if (*rule == '\0' || add_filter_rule(planner, options, name, rule))
                        continue;
                if (g_str_has_prefix(rule, "arg0:")) {
                        g_autofree char *filter = g_strdup_printf("*,arg0=%s", rule + strlen("arg0:"));

                        add_option(options, "call", name, filter);
                        note_portal(planner, name);
                } else if (g_strv_contains(words, rule)) {
                        add_option(options, rule, name, NULL);
                        if (!g_str_equal(rule, "deny"))
                                note_portal(planner, name);
                } else { /* inner */
                        /* What is inside is nobody's business outside: policy holds on the host side alone. */
                        add_option(options, "deny", name, NULL);
                        add_inner_name(planner, bus, name);
                }
        }
}

static void add_rules(Planner *planner, GPtrArray *options, const Bus *bus)
{
        const Profile *profile = planner->profile;

        for (guint i = 0; i < profile_map_size(profile, bus->rules); i++)
                add_rules_of(planner, options, bus, profile_map_name(profile, bus->rules, i),
                             profile_map_value(profile, bus->rules, i));
}

/* [Companions] keyring=host: the interfaces of the Secret Service, and not the portal's backend, which answers on the
 * same name to whatever id a caller claims. */
static void add_keyring(Planner *planner, GPtrArray *options)
{
        static const char *const interfaces[] = { "Service", "Collection", "Item", "Session", "Prompt" };

        /* The portal gives each id a secret of its own, with which libsecret keeps a file in the app's data. */
        if (g_str_equal(profile_get_string(planner->profile, PROFILE_COMPANIONS_KEYRING), "portal")) {
                add_option(options, "call", "org.freedesktop.portal.Desktop", "org.freedesktop.portal.Secret.*");
                add_option(options, "call", "org.freedesktop.portal.Desktop",
                           "org.freedesktop.DBus.Properties.*@/org/freedesktop/portal/desktop");
                add_option(options, "broadcast", "org.freedesktop.portal.Desktop",
                           "org.freedesktop.portal.Request.*@/org/freedesktop/portal/*");
                planner->portals = TRUE;
        }
        if (!g_str_equal(profile_get_string(planner->profile, PROFILE_COMPANIONS_KEYRING), "host"))
                return;
        for (gsize i = 0; i < G_N_ELEMENTS(interfaces); i++) {
                g_autofree char *rule = g_strdup_printf("org.freedesktop.Secret.%s.*@/*", interfaces[i]);

                add_option(options, "call", "org.freedesktop.secrets", rule);
                add_option(options, "broadcast", "org.freedesktop.secrets", rule);
        }
        add_option(options, "call", "org.freedesktop.secrets", "org.freedesktop.DBus.Properties.*@/*");
        planner_note(planner, _("asked keyring=host, given the login keyring: every secret in it, whoever stored it"));
}

/* Own names: GApplication and media players' keys need them. */
static void add_own_names(Planner *planner, GPtrArray *options)
{
        g_autofree char *own = g_strdup_printf("%s.*", planner->request->app_id);
        g_autofree char *player = g_strdup_printf("org.mpris.MediaPlayer2.%s.*", planner->request->app_id);

        add_option(options, "own", own, NULL);
        add_option(options, "own", player, NULL);
}

/* Does the profile say more of it than that there may be one? */
static gboolean speaks_of(const Planner *planner, const Bus *bus)
{
        return profile_map_size(planner->profile, bus->policy) > 0 ||
               profile_map_size(planner->profile, bus->rules) > 0;
}

static BusGiven decide(Planner *planner, const Bus *bus, gboolean on_host, GPtrArray *options)
{
        const char *asked = profile_get_string(planner->profile, bus->key);

        /* A desktop's programs find each other on a bus of its own, and none of the host's. */
        if (planner->display == DISPLAY_DESKTOP && g_str_equal(asked, "filter")) {
                if (bus == &session_bus)
                        planner_note(planner, _("asked display=desktop, given a session bus of its own and none of the "
                                                "host's: no portals, no notifications outside"));
                asked = bus == &session_bus ? "inner" : "none";
        }
        if (profile_has_word(planner->profile, PROFILE_CONTEXT_SOCKETS, bus->flatpak_socket) &&
            !g_str_equal(asked, "host"))
                planner_note(planner,
                             _("asked sockets=%s, given a filtered one: [Companions] %s=host gives the host's"),
                             bus->flatpak_socket, bus->word);
        if (g_str_equal(asked, "none"))
                return BUS_NONE;
        if (g_str_equal(asked, "inner")) {
                g_autofree char *words = g_strdup_printf("%s=inner", bus->word);

                return planner_inner_bus_is_there(planner, words) ? BUS_INNER : BUS_NONE;
        }
        if (!on_host) {
                if (speaks_of(planner, bus))
                        planner_note(planner, _("asked %s=%s, given none: there is none on this machine"), bus->word,
                                     asked);
                return BUS_NONE;
        }
        if (g_str_equal(asked, "host")) {
                planner_note(planner,
                             _("asked %s=host, given the host's bus as it is: services on it can start programs "
                               "outside the box"),
                             bus->word);
                return BUS_HOST;
        }
        if (template_box_of(planner->template, "bus-proxy") < 0) {
                if (speaks_of(planner, bus))
                        planner_note(planner, _("asked %s=filter, given none: this tree has no box for the filter"),
                                     bus->word);
                return BUS_NONE;
        }
        add_policies(planner, options, bus);
        add_rules(planner, options, bus);
        return BUS_FILTERED;
}

void planner_decide_buses(Planner *planner)
{
        const HostFacts *facts = planner->facts;

        planner->inner_names = g_ptr_array_new_with_free_func(g_free);
        planner->inner_system_names = g_ptr_array_new_with_free_func(g_free);
        planner->session_options = g_ptr_array_new_with_free_func(g_free);
        planner->system_options = g_ptr_array_new_with_free_func(g_free);
        planner->session_bus =
                decide(planner, &session_bus, facts->session_bus != NULL || facts->session_bus_abstract != NULL,
                       planner->session_options);
        if (planner->session_bus == BUS_FILTERED) {
                g_ptr_array_insert(planner->session_options, 0, g_strdup("--guard"));
                add_own_names(planner, planner->session_options);
                add_keyring(planner, planner->session_options);
        }
        if (planner->session_bus == BUS_FILTERED || planner->session_bus == BUS_INNER)
                planner_decide_keyring(planner);
        if (planner->session_bus == BUS_FILTERED && planner->keyring)
                add_option(planner->session_options, "deny", "org.freedesktop.secrets", NULL);
        if (planner->session_bus == BUS_HOST && facts->session_bus == NULL && !planner->host_network) {
                planner_note(planner,
                             _("asked bus=host, given none: the host's bus is an abstract socket, which only its own "
                               "network reaches"));
                planner->session_bus = BUS_NONE;
        }
        planner->system_bus = decide(planner, &system_bus, facts->system_bus != NULL, planner->system_options);
        /* A filter that lets nothing through is no bus at all. */
        if (planner->system_bus == BUS_FILTERED && planner->system_options->len == 0)
                planner->system_bus = BUS_NONE;
        planner_decide_accessibility(planner);
}

/* ---- What it takes ---- */

/* ".flatpak-info": who connects, for portals. */
static char *identity_text(const Planner *planner)
{
        return g_strdup_printf("[Application]\nname=%s\n\n[Instance]\ninstance-id=%" G_GUINT64_FORMAT "\n%s",
                               planner->request->app_id, g_ascii_strtoull(planner->request->id, NULL, 16),
                               planner->host_network ? "\n[Context]\nshared=network;\n" : "");
}

/* "unix:abstract=NAME", with the escapes of the D-Bus Specification. */
static char *abstract_address(const char *name)
{
        g_autoptr(GString) address = g_string_new("unix:abstract=");

        for (const char *p = name; *p != '\0'; p++)
                if (g_ascii_isalnum(*p) || strchr("-_/.", *p) != NULL)
                        g_string_append_c(address, *p);
                else
                        g_string_append_printf(address, "%%%02x", (guchar)*p);
        return g_string_free(g_steal_pointer(&address), FALSE);
}

char *planner_session_address(const Planner *planner)
{
        const char *inner = planner_inner_socket(planner, FALSE);

        if (inner != NULL)
                return g_strconcat("unix:path=", inner, NULL);
        if (planner->session_bus == BUS_FILTERED)
                return g_strdup("unix:path=" SESSION_PATH);
        if (planner->session_bus == BUS_NONE)
                return NULL;
        return planner->facts->session_bus != NULL ? g_strdup("unix:path=" RAW_SESSION_PATH)
                                                   : abstract_address(planner->facts->session_bus_abstract);
}

static void add_proxy_box(Planner *planner)
{
        const HostFacts *facts = planner->facts;
        Draft *draft = planner_draft_for(planner, "bus-proxy");
        g_autofree char *identity = identity_text(planner);
        g_autofree char *program = g_build_filename(facts->prefix, "bin/oriel-dbus-proxy", NULL);

        planner_base_semi(planner, draft);
        draft_bind(draft, program, "/run/oriel/bin/oriel-dbus-proxy", 0);
        draft_shared(draft, "bus", "/run/oriel-bus", 0755, BUS_SIZE, PLAN_MOUNT_RW);
        draft_file(draft, "/.flatpak-info", identity, 0400);
        if (planner->session_bus == BUS_FILTERED && facts->session_bus != NULL)
                draft_bind(draft, facts->session_bus, "/run/oriel-host/session", 0);
        if (planner->session_bus == BUS_FILTERED && facts->session_bus == NULL)
                draft->unshare &= ~(guint32)PLAN_NS_NET; /* abstract sockets belong to a network namespace */
        if (planner->system_bus == BUS_FILTERED)
                draft_bind(draft, facts->system_bus, "/run/oriel-host/system", 0);
        if (planner->accessibility_options != NULL)
                draft_bind(draft, facts->accessibility_bus, "/run/oriel-host/accessibility", 0);
}

/* One bus of the proxy: takes address. */
static void add_group(GPtrArray *argv, char *address, const char *path, const GPtrArray *options)
{
        g_ptr_array_add(argv, address);
        g_ptr_array_add(argv, g_strdup(path));
        g_ptr_array_add(argv, g_strdup("--filter"));
        for (guint i = 0; i < options->len; i++)
                g_ptr_array_add(argv, g_strdup(options->pdata[i]));
}

static void add_proxy_program(Planner *planner)
{
        const HostFacts *facts = planner->facts;
        PlanProgram *program = draft_program(planner_draft_for(planner, "bus-proxy"), "bus-proxy");
        g_autoptr(GPtrArray) argv = g_ptr_array_new();

        g_ptr_array_add(argv, g_strdup("/run/oriel/bin/oriel-dbus-proxy"));
        g_ptr_array_add(argv, g_strdup("--fd=3"));
        g_ptr_array_add(argv, g_strdup("--mediator=4"));
        if (planner->session_bus == BUS_FILTERED)
                add_group(argv,
                          facts->session_bus != NULL ? g_strdup("unix:path=/run/oriel-host/session")
                                                     : abstract_address(facts->session_bus_abstract),
                          SESSION_PATH, planner->session_options);
        if (planner->system_bus == BUS_FILTERED)
                add_group(argv, g_strdup("unix:path=/run/oriel-host/system"), SYSTEM_PATH, planner->system_options);
        if (planner->accessibility_options != NULL)
                add_group(argv, g_strdup("unix:path=/run/oriel-host/accessibility"),
                          PLANNER_ACCESSIBILITY + strlen("unix:path="), planner->accessibility_options);
        g_ptr_array_add(argv, NULL);
        program->argv = (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
        program->envp = g_strdupv((char *[]){ (char *)"PATH=/usr/bin:/bin", NULL });
        program->home = g_strdup("/");
        program->stdio = PLAN_STDIO_LOG;
        program->fds = g_new0(PlanFd, 1);
        program->fds[0] = (PlanFd){ .slot = g_strdup("mediator-bus"), .target = 4 };
        program->n_fds = 1;
        program->ready = PLAN_READY_BYTE;
        program->ready_fd = 3;
        program->ready_timeout_ms = 10 * 1000;
}

void planner_buses(Planner *planner)
{
        const HostFacts *facts = planner->facts;
        const char *inner_system = planner_inner_socket(planner, TRUE);
        Draft *app = planner->app;

        if (planner->session_bus == BUS_HOST && facts->session_bus != NULL)
                draft_bind(app, facts->session_bus, RAW_SESSION_PATH, 0);
        if (planner->system_bus == BUS_HOST)
                draft_bind(app, facts->system_bus, "/run/dbus/system_bus_socket", 0);
        planner_inner_buses(planner);
        if (inner_system != NULL)
                draft_symlink(app, "/run/dbus/system_bus_socket", inner_system);
        if (planner->session_bus != BUS_FILTERED && planner->system_bus != BUS_FILTERED)
                return;
        add_proxy_box(planner);
        add_proxy_program(planner);
        draft_shared(app, "bus", "/run/oriel-bus", 0755, BUS_SIZE, 0);
        if (planner->system_bus == BUS_FILTERED && inner_system == NULL)
                draft_symlink(app, "/run/dbus/system_bus_socket", SYSTEM_PATH);
        if (planner->portals) {
                g_autofree char *identity = identity_text(planner);

                draft_file(app, planner->keyring ? PLAN_IDENTITY_ASIDE : "/.flatpak-info", identity, 0444);
        }
}
