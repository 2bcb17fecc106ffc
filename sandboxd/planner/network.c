/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network that is given: none, names, or the host's.  An isolated display never stands beside the host's abstract
 * sockets (invariant 4), so the host's network needs a Landlock scope there.
 *
 * Names: oriel-net-proxy stands in a box with the host's network and serves sockets that are made in the app's.  What
 * it is told are the profile's rules, one option each; `oriel explain host` reads them off the plan. */
#include <string.h>

#include "base/i18n.h"
#include "ids/net-credential.h"
#include "names/fake-names.h"
#include "names/net-policy.h"
#include "planner/context.h"
#include "profile/value.h"

enum {
        LANDLOCK_WITH_SCOPES = 6, /* ABI of Linux 6.12 */
        DNS_PORT = 53,
        PROXY_PORT = 3128,
        CAPTURE_PORT = 3129, /* any that the box's programs seldom want themselves */
        READY_FD = 3,
        MEDIATOR_FD = 4,
        CREDENTIAL_FD = 5,
        FIRST_FD = 6,
        LINK_FD = 4, /* of the program that adds credentials */
        STATE_FD = 5,
        MAX_CREDENTIALS = 16,
        FIXED_LISTENERS = 5, /* DNS over UDP and TCP, the proxy's port, every other one, the channel for new sockets */
};

#define PROGRAM "net-proxy"
#define CREDENTIAL "credential"
#define CREDENTIAL_PROGRAM "/run/oriel/bin/oriel-credential"
#define BUNDLE "/run/oriel/certificates.pem"
#define NAMES_FILE "/tmp/names" /* in the mediator's own box */

/* ---- Names ---- */

static void add_listener(Planner *planner, PlanListenerKind kind, const char *name, const char *address, guint port)
{
        PlanListener listener = {
                .slot = g_strdup_printf("listen-%s", name), .kind = kind, .address = g_strdup(address), .port = port
        };

        g_array_append_val(planner->net_listeners, listener);
}

static gboolean has_port(const guint16 *ports, gsize n, guint16 port)
{
        for (gsize i = 0; i < n; i++)
                if (ports[i] == port)
                        return TRUE;
        return FALSE;
}

static int compare_ports(const void *a, const void *b)
{
        return (int)*(const guint16 *)a - (int)*(const guint16 *)b;
}

/* Where connections are taken without a program's doing: all.  On a kernel that can't do that, the ports that rules
 * name, and those that are refused with a line in the log rather than by nobody; where some rule has every port, those
 * of usual services beside. */
static void add_ports(Planner *planner, const NetPolicy *policy)
{
        static const guint16 always[] = { 22, 80, 443 }, usual[] = { 465, 587, 853, 993, 995, 9418 };
        guint16 ports[PLAN_MAX_LISTENERS] = { 0 };
        bool all = false;
        gsize max = PLAN_MAX_LISTENERS - FIXED_LISTENERS, room = max - G_N_ELEMENTS(always) - G_N_ELEMENTS(usual);
        gsize n = net_policy_ports(policy, ports, room, &all);

        add_listener(planner, PLAN_LISTENER_CAPTURE, "all", "*", CAPTURE_PORT);
        for (gsize i = 0; i < G_N_ELEMENTS(always); i++)
                if (!has_port(ports, n, always[i]))
                        ports[n++] = always[i];
        for (gsize i = 0; all && i < G_N_ELEMENTS(usual); i++)
                if (!has_port(ports, n, usual[i]))
                        ports[n++] = usual[i];
        qsort(ports, n, sizeof *ports, compare_ports);
        for (gsize i = 0; i < n; i++) {
                g_autofree char *name = g_strdup_printf("%u", ports[i]);

                /* The box's own name server stands there. */
                if (ports[i] != DNS_PORT && ports[i] != PROXY_PORT && ports[i] != CAPTURE_PORT)
                        add_listener(planner, PLAN_LISTENER_SPARE, name, "*", ports[i]);
        }
}

/* What both programs of the network are: told to the log, ready by a byte, started again.  argv: taken, not ended yet.
 */
static void fill_mediator(PlanProgram *program, GPtrArray *argv)
{
        g_ptr_array_add(argv, NULL);
        program->argv = (char **)g_ptr_array_free(argv, FALSE);
        program->envp = g_strdupv((char *[]){ (char *)"PATH=/usr/bin:/bin", NULL });
        program->home = g_strdup("/");
        program->stdio = PLAN_STDIO_LOG;
        program->ready = PLAN_READY_BYTE;
        program->ready_fd = READY_FD;
        program->ready_timeout_ms = 10 * 1000;
        program->death = PLAN_DEATH_RESTART;
}

/* ---- Credentials ---- */

/* Each of them lets its host be reached, unless a line denies it. */
static void add_credentials(Planner *planner, NetPolicy *policy)
{
        const char *const *rules = profile_get_list(planner->profile, PROFILE_NETWORK_CREDENTIAL);
        gsize n = 0;

        if (rules == NULL || *rules == NULL)
                return;
        if (template_box_of(planner->template, CREDENTIAL) < 0) {
                planner_note(planner,
                             _("asked [Network] credential, given nothing for it: this tree has no box for what "
                               "adds it"));
                return;
        }
        planner->net_credentials = g_ptr_array_new_with_free_func(g_free);
        for (; *rules != NULL && n < MAX_CREDENTIALS; rules++, n++) {
                NetCredential credential = { 0 };
                g_autofree char *allow = NULL;

                if (net_credential_parse(&credential, NULL, *rules) != 0)
                        continue;
                allow = g_strdup_printf("%s:%u", credential.host, credential.port);
                if (net_policy_add(policy, NET_RULE_ALLOW, allow, NULL) == 0)
                        g_ptr_array_add(planner->net_options, g_strdup_printf("--allow=%s", allow));
                g_ptr_array_add(planner->net_credentials, g_strdup_printf("--credential=%s", *rules));
        }
        if (*rules != NULL)
                planner_note(planner, _("asked more than %d credentials, given the first of them"), MAX_CREDENTIALS);
}

/* A box with the program and the libraries that it needs; no network, no files. */
static void add_credential_box(Planner *planner)
{
        Draft *draft = planner_draft_for(planner, CREDENTIAL);
        g_autofree char *file = g_build_filename(planner->facts->prefix, "libexec/oriel/oriel-credential", NULL);
        g_autoptr(GPtrArray) argv = g_ptr_array_new();
        PlanProgram *program;

        planner_base_semi(planner, draft);
        draft_bind(draft, file, CREDENTIAL_PROGRAM, 0);
        program = draft_program(draft, CREDENTIAL);
        g_ptr_array_add(argv, g_strdup(CREDENTIAL_PROGRAM));
        g_ptr_array_add(argv, g_strdup("serve"));
        g_ptr_array_add(argv, g_strdup_printf("--fd=%d", READY_FD));
        g_ptr_array_add(argv, g_strdup_printf("--link=%d", LINK_FD));
        g_ptr_array_add(argv, g_strdup_printf("--state=%d", STATE_FD));
        for (guint i = 0; i < planner->net_credentials->len; i++)
                g_ptr_array_add(argv, g_strdup(planner->net_credentials->pdata[i]));
        fill_mediator(program, g_steal_pointer(&argv));
        program->fds = g_new0(PlanFd, 2);
        program->fds[program->n_fds++] = (PlanFd){ .slot = g_strdup("credlink-server"), .target = LINK_FD };
        program->fds[program->n_fds++] = (PlanFd){ .slot = g_strdup("credential-state"), .target = STATE_FD };
        draft_file_slot(planner->app, BUNDLE, "credential-bundle", 0444);
}

/* What programs look at for the certificates that they trust, and the variables that hold a placeholder. */
static void add_credential_environment(Planner *planner, GPtrArray *environment)
{
        static const char *const names[] = {
                "SSL_CERT_FILE",  "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
                "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO",   "AWS_CA_BUNDLE",      "PIP_CERT",
                "DENO_CERT",      "NIX_SSL_CERT_FILE",   "npm_config_cafile"
        };

        for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
                g_ptr_array_add(environment, g_strdup_printf("%s=%s", names[i], BUNDLE));
        for (guint i = 0; i < planner->net_credentials->len; i++) {
                NetCredential credential = { 0 };

                if (net_credential_parse(&credential, NULL,
                                         (const char *)planner->net_credentials->pdata[i] + strlen("--credential=")) ==
                    0)
                        g_ptr_array_add(environment,
                                        g_strdup_printf("%s=%s-is-added-outside", credential.name, credential.name));
        }
}

/* In plain bytes. */
static void add_budgets(Planner *planner)
{
        const char *const *budgets = profile_get_list(planner->profile, PROFILE_NETWORK_BUDGET);

        for (; budgets != NULL && *budgets != NULL; budgets++) {
                const char *equals = strchr(*budgets, '=');
                gboolean rate = g_str_has_suffix(*budgets, "/s");
                g_autofree char *host = g_strndup(*budgets, (gsize)(equals - *budgets)),
                                *size = g_strndup(equals + 1, strlen(equals + 1) - (rate ? 2 : 0));
                guint64 bytes = 0;

                if (profile_size_parse(size, &bytes))
                        g_ptr_array_add(planner->net_options, g_strdup_printf("--budget=%s=%" G_GUINT64_FORMAT "%s",
                                                                              host, bytes, rate ? "/s" : ""));
        }
}

/* The other way: ports of the host's loopback that lead to programs in the box. */
static void add_ports_in(Planner *planner)
{
        const char *const *ports = profile_get_list(planner->profile, PROFILE_NETWORK_PORTS_IN);

        for (guint i = 0; ports != NULL && ports[i] != NULL; i++) {
                guint outside = 0, inside = 0;

                if (!profile_ports_parse(ports[i], &outside, &inside))
                        continue;
                if (i == 0)
                        add_listener(planner, PLAN_LISTENER_BIRTH, "birth", "", 0);
                g_ptr_array_add(planner->net_options, g_strdup_printf("--port-in=%u:%u", outside, inside));
        }
}

/* Addresses that rules write out lead to the mediator too. */
static void add_routes(Planner *planner, const NetPolicy *policy)
{
        const char *literal = NULL;

        g_ptr_array_add(planner->net_routes, g_strdup(FAKE_NAMES_ROUTE_4));
        g_ptr_array_add(planner->net_routes, g_strdup(FAKE_NAMES_ROUTE_6));
        for (gsize i = 0; (literal = net_policy_literal(policy, i)) != NULL; i++) {
                NetAddress address = { 0 };

                if (!net_address_parse(&address, literal, strlen(literal)) ||
                    net_address_kind(&address) == NET_ADDRESS_LOOPBACK ||
                    net_address_kind(&address) == NET_ADDRESS_SPECIAL || planner->net_routes->len == PLAN_MAX_ROUTES)
                        continue;
                g_ptr_array_add(planner->net_routes, g_strdup_printf("%s/%d", literal, address.six ? 128 : 32));
        }
}

/* Each rule is read once here: what the mediator would refuse to start with is a note. */
static void add_rules(Planner *planner, NetPolicy *policy, ProfileKey key, NetRuleKind kind)
{
        const char *const *rules = profile_get_list(planner->profile, key);

        for (guint i = 0; rules != NULL && rules[i] != NULL; i++) {
                g_autofree char *origin = planner_origin(planner, key, i);
                int r;

                /* What a lower layer gave and this one took away. */
                if (*rules[i] == '!')
                        continue;
                r = net_policy_add(policy, kind, rules[i], NULL);
                if (r == 0)
                        g_ptr_array_add(planner->net_options,
                                        g_strdup_printf("--%s=%s", net_rule_kind_word(kind), rules[i]));
                else if (r == NET_POLICY_NO_GROUP)
                        planner_note(planner,
                                     _("asked [Network] %s=%s, given nothing for it: there is no such group%s"),
                                     net_rule_kind_word(kind), rules[i], origin);
                else
                        planner_note(planner, _("asked [Network] %s=%s, given nothing for it: it is no rule%s"),
                                     net_rule_kind_word(kind), rules[i], origin);
        }
}

static void clear_listener(gpointer data)
{
        PlanListener *listener = data;

        g_free(listener->slot);
        g_free(listener->address);
}

/* more: a rule that the wish itself stands for, or NULL. */
static void give_names(Planner *planner, const char *asked, const char *more)
{
        static const struct {
                ProfileKey key;
                NetRuleKind kind;
        } keys[] = {
                { PROFILE_NETWORK_DENY, NET_RULE_DENY },
                { PROFILE_NETWORK_ASK, NET_RULE_ASK },
                { PROFILE_NETWORK_ALLOW, NET_RULE_ALLOW },
                { PROFILE_NETWORK_PRIVATE, NET_RULE_PRIVATE },
                { PROFILE_NETWORK_HOST_SERVICE, NET_RULE_SERVICE },
        };
        CLEANUP(net_policy_freep) NetPolicy *policy = net_policy_new();

        if (template_box_of(planner->template, PROGRAM) < 0) {
                planner_note(planner, _("asked %s, given no network: this tree has no box for its mediator"), asked);
                return;
        }
        planner->net_options = g_ptr_array_new_with_free_func(g_free);
        planner->net_routes = g_ptr_array_new_with_free_func(g_free);
        planner->net_listeners = g_array_new(FALSE, FALSE, sizeof(PlanListener));
        g_array_set_clear_func(planner->net_listeners, clear_listener);
        for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
                add_rules(planner, policy, keys[i].key, keys[i].kind);
        if (more != NULL && net_policy_add(policy, NET_RULE_ALLOW, more, NULL) == 0)
                g_ptr_array_add(planner->net_options, g_strdup_printf("--allow=%s", more));
        if (planner->net_options->len == 0)
                planner_note(planner, _("asked %s, given a network without names: none is allowed"), asked);
        add_budgets(planner);
        add_ports_in(planner);
        add_credentials(planner, policy);
        add_listener(planner, PLAN_LISTENER_UDP, "dns", "127.0.0.1", DNS_PORT);
        add_listener(planner, PLAN_LISTENER_TCP, "dns-tcp", "127.0.0.1", DNS_PORT);
        add_listener(planner, PLAN_LISTENER_TCP, "proxy", "127.0.0.1", PROXY_PORT);
        add_ports(planner, policy);
        add_routes(planner, policy);
}

/* For programs that want a proxy, and so are told why they are refused.  Nobody has to: the box's network is the same
 * without.  (HTTP_PROXY in capitals is no name for it: a server's child would take a request's header for one.) */
void planner_network_environment(Planner *planner, GPtrArray *environment)
{
        static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" },
                                 *const none[] = { "no_proxy", "NO_PROXY" };

        if (planner->net_options == NULL)
                return;
        for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
                g_ptr_array_add(environment, g_strdup_printf("%s=http://127.0.0.1:%d", names[i], PROXY_PORT));
        for (gsize i = 0; i < G_N_ELEMENTS(none); i++)
                g_ptr_array_add(environment, g_strdup_printf("%s=localhost,127.0.0.1,::1", none[i]));
        g_ptr_array_add(environment, g_strdup("NODE_USE_ENV_PROXY=1"));
        if (planner->net_credentials != NULL)
                add_credential_environment(planner, environment);
}

static void add_net_box(Planner *planner)
{
        static const char *const files[] = { "/etc/resolv.conf", "/etc/hosts" };
        Draft *draft = planner_draft_for(planner, PROGRAM);
        g_autofree char *program = g_build_filename(planner->facts->prefix, "libexec/oriel/oriel-net-proxy", NULL);

        planner_base_semi(planner, draft);
        draft_bind(draft, program, "/run/oriel/bin/oriel-net-proxy", 0);
        for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
                if (planner_look(planner, files[i])->kind != FACTS_PATH_ABSENT)
                        draft_bind(draft, files[i], files[i], PLAN_MOUNT_OPTIONAL);
}

static const char *option_of(const PlanListener *listener)
{
        if (listener->kind == PLAN_LISTENER_UDP)
                return "dns-udp";
        if (listener->kind == PLAN_LISTENER_BIRTH)
                return "birth";
        return listener->port == DNS_PORT ? "dns-tcp" : listener->port == PROXY_PORT ? "proxy" : "tcp";
}

void planner_network(Planner *planner)
{
        g_autoptr(GPtrArray) argv = NULL;
        PlanProgram *program;

        if (planner->net_options == NULL)
                return;
        add_net_box(planner);
        program = draft_program(planner_draft_for(planner, PROGRAM), PROGRAM);
        argv = g_ptr_array_new();
        g_ptr_array_add(argv, g_strdup("/run/oriel/bin/oriel-net-proxy"));
        g_ptr_array_add(argv, g_strdup_printf("--fd=%d", READY_FD));
        g_ptr_array_add(argv, g_strdup_printf("--mediator=%d", MEDIATOR_FD));
        g_ptr_array_add(argv, g_strdup("--names=" NAMES_FILE));
        program->fds = g_new0(PlanFd, planner->net_listeners->len + 2);
        program->fds[program->n_fds++] = (PlanFd){ .slot = g_strdup("mediator-net"), .target = MEDIATOR_FD };
        if (planner->net_credentials != NULL) {
                add_credential_box(planner);
                program->fds[program->n_fds++] =
                        (PlanFd){ .slot = g_strdup("credlink-relay"), .target = CREDENTIAL_FD };
                g_ptr_array_add(argv, g_strdup_printf("--credential-link=%d", CREDENTIAL_FD));
                for (guint i = 0; i < planner->net_credentials->len; i++)
                        g_ptr_array_add(argv, g_strdup(planner->net_credentials->pdata[i]));
        }
        for (guint i = 0; i < planner->net_listeners->len; i++) {
                const PlanListener *listener = &g_array_index(planner->net_listeners, PlanListener, i);
                gint target = FIRST_FD + (gint)i;

                program->fds[program->n_fds++] = (PlanFd){ .slot = g_strdup(listener->slot), .target = target };
                g_ptr_array_add(argv, g_strdup_printf("--%s=%d", option_of(listener), target));
        }
        for (guint i = 0; i < planner->net_options->len; i++)
                g_ptr_array_add(argv, g_strdup(planner->net_options->pdata[i]));
        fill_mediator(program, g_steal_pointer(&argv));
}

void planner_network_box(Planner *planner, PlanBox *box)
{
        if (planner->net_options == NULL || planner->net_listeners->len == 0)
                return;
        box->n_listeners = planner->net_listeners->len;
        box->listeners = g_memdup2(planner->net_listeners->data, box->n_listeners * sizeof *box->listeners);
        /* They are the box's now. */
        g_array_set_clear_func(planner->net_listeners, NULL);
        g_array_set_size(planner->net_listeners, 0);
        g_ptr_array_add(planner->net_routes, NULL);
        box->routes = g_strdupv((char **)planner->net_routes->pdata);
}

/* ---- What is given ---- */

static void give_host(Planner *planner, const char *asked)
{
        gboolean guarded = planner->facts->landlock_abi >= LANDLOCK_WITH_SCOPES;

        if (planner_display_is_isolated(planner) && !guarded) {
                planner_note(planner,
                             _("asked %s, given every public name and no more: beside an isolated display the host's "
                               "network needs a Landlock scope (Linux 6.12), or its X server's abstract socket stands "
                               "open"),
                             asked);
                give_names(planner, asked, "*:*");
                return;
        }
        planner->host_network = TRUE;
        if (!guarded && planner->facts->x_abstract && planner->display == DISPLAY_NONE)
                planner_note(planner,
                             _("asked %s, given the host's network: without a Landlock scope (Linux 6.12) the app can "
                               "also reach the host's abstract sockets, its X server's among them"),
                             asked);
}

/* Rules without a network by names are a wish that was forgotten half-way. */
static void note_rules(Planner *planner)
{
        static const ProfileKey keys[] = { PROFILE_NETWORK_ALLOW,    PROFILE_NETWORK_ASK,
                                           PROFILE_NETWORK_PRIVATE,  PROFILE_NETWORK_HOST_SERVICE,
                                           PROFILE_NETWORK_PORTS_IN, PROFILE_NETWORK_CREDENTIAL,
                                           PROFILE_NETWORK_BUDGET };

        for (gsize i = 0; planner->net_options == NULL && i < G_N_ELEMENTS(keys); i++)
                if (profile_is_set(planner->profile, keys[i]) && *profile_get_list(planner->profile, keys[i]) != NULL)
                        planner_note(planner,
                                     _("asked [Network] %s, given nothing for it: the mode is not named (--net=named)"),
                                     profile_key_info(keys[i])->key);
}

static void decide(Planner *planner)
{
        const char *mode = profile_get_string(planner->profile, PROFILE_NETWORK_MODE);

        if (!profile_is_set(planner->profile, PROFILE_NETWORK_MODE)) {
                if (profile_has_word(planner->profile, PROFILE_CONTEXT_SHARED, "network"))
                        give_host(planner, "shared=network");
        } else if (g_str_equal(mode, "host")) {
                give_host(planner, "network=host");
        } else if (g_str_equal(mode, "full")) {
                planner_note(planner, _("asked network=full, given every public name and no more: a network of its own "
                                        "with UDP is not there yet"));
                give_names(planner, "network=full", "*:*");
        } else if (g_str_equal(mode, "named")) {
                give_names(planner, "network=named", NULL);
        }
}

void planner_decide_network(Planner *planner)
{
        decide(planner);
        note_rules(planner);
}
