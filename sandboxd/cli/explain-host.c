/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/explain.h"
#include "cli/plan-view.h"
#include "names/net-policy.h"

enum { USUAL_PORT = 443 };

/* Which line chose the network: the mode, else Flatpak's wish for it. */
static void add_reason(const Profile *profile, Buffer *text)
{
        const char *const *shared = profile_get_list(profile, PROFILE_CONTEXT_SHARED);
        const char *mode = profile_get_string(profile, PROFILE_NETWORK_MODE);
        ProfileKey key = PROFILE_NETWORK_MODE;
        guint entry = 0;

        for (guint i = 0; !profile_is_set(profile, PROFILE_NETWORK_MODE) && shared[i] != NULL; i++)
                if (strcmp(shared[i], "network") == 0) {
                        key = PROFILE_CONTEXT_SHARED;
                        entry = i;
                }
        buffer_printf(text, "; %s=%s", profile_key_info(key)->key,
                      key == PROFILE_CONTEXT_SHARED ? "network"
                      : mode != NULL                ? mode
                                                    : "-");
        explain_add_origin(text, profile_origin(profile, key, entry), profile_key_info(key)->group,
                           profile_key_info(key)->key);
        buffer_add_byte(text, '\n');
}

/* The rules of the plan's mediator; NULL: it has none. */
static NetPolicy *read_policy(const Plan *plan)
{
        const PlanProgram *proxy = plan_view_program(plan, "net-proxy");
        CLEANUP(net_policy_freep) NetPolicy *policy = net_policy_new();

        if (proxy == NULL)
                return NULL;
        for (char **argument = proxy->argv; *argument != NULL; argument++)
                for (int kind = 0; kind < _NET_RULE_KIND_MAX; kind++) {
                        g_autofree char *start = g_strdup_printf("--%s=", net_rule_kind_word((NetRuleKind)kind));

                        if (g_str_has_prefix(*argument, start))
                                (void)net_policy_add(policy, (NetRuleKind)kind, *argument + strlen(start), NULL);
                }
        return STEAL(policy);
}

/* "NAME", "NAME:PORT", "ADDRESS", "[ADDRESS]:PORT"; FALSE: none of them. */
static gboolean read_target(const char *text, char *ret_host, guint16 *ret_port)
{
        const char *bracket = *text == '[' ? strchr(text, ']') : NULL,
                   *colon = strchr(bracket != NULL ? bracket : text, ':');
        guint64 port = USUAL_PORT;
        gsize n;

        /* An IPv6 address without brackets is one without a port. */
        if (bracket == NULL && colon != NULL && strchr(colon + 1, ':') != NULL)
                colon = NULL;
        n = colon != NULL ? (gsize)(colon - text) : strlen(text);
        if (colon != NULL && !g_ascii_string_to_unsigned(colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
                return FALSE;
        *ret_port = (guint16)port;
        if (bracket != NULL)
                return n > 2 && text[n - 1] == ']' && host_address_read(ret_host, text + 1, n - 2);
        return host_address_read(ret_host, text, n) || host_name_read(ret_host, text, n);
}

/* The entry of the profile that the rule was. */
static void add_rule_origin(const Profile *profile, const char *rule, Buffer *text)
{
        static const ProfileKey keys[] = { PROFILE_NETWORK_ALLOW, PROFILE_NETWORK_DENY, PROFILE_NETWORK_ASK,
                                           PROFILE_NETWORK_HOST_SERVICE };

        for (gsize k = 0; k < G_N_ELEMENTS(keys); k++) {
                const char *const *rules = profile_get_list(profile, keys[k]);

                for (guint i = 0; rules != NULL && rules[i] != NULL; i++)
                        if (g_str_equal(rules[i], rule) ||
                            (g_str_equal(rule, "ask=yes") && keys[k] == PROFILE_NETWORK_ASK &&
                             g_str_equal(rules[i], "yes"))) {
                                explain_add_origin(text, profile_origin(profile, keys[k], i),
                                                   profile_key_info(keys[k])->group, profile_key_info(keys[k])->key);
                                return;
                        }
        }
}

static int explain_named(const Launch *launch, const NetPolicy *policy, const char *target, Buffer *ret_text)
{
        char host[HOST_NAME_MAX_BYTES + 1] = "";
        NetJudgement judgement;
        guint16 port = 0;

        buffer_add_escaped(ret_text, target);
        if (!read_target(target, host, &port)) {
                buffer_add_text(ret_text, _(": not allowed, it is no name of a host\n"));
                return COMMAND_NO;
        }
        judgement = net_policy_judge(policy, host, port);
        buffer_printf(ret_text,
                      judgement.verdict == NET_VERDICT_ALLOW ? _(": allowed on port %u")
                      : judgement.verdict == NET_VERDICT_ASK ? _(": a person is asked, on port %u")
                                                             : _(": not allowed on port %u"),
                      port);
        if (judgement.rule != NULL) {
                buffer_add_text(ret_text, _(", by "));
                buffer_add_escaped(ret_text, judgement.rule);
                add_rule_origin(launch->profile->profile, judgement.rule, ret_text);
        } else {
                buffer_add_text(ret_text, _(" (no line of the profile names it)"));
        }
        buffer_add_byte(ret_text, '\n');
        if (judgement.verdict == NET_VERDICT_ALLOW)
                return COMMAND_DONE;
        if (judgement.verdict == NET_VERDICT_DENY) {
                bool six = strchr(host, ':') != NULL;

                buffer_printf(ret_text, _("mend: --allow-host=%s%s%s:%u\n"), six ? "[" : "", host, six ? "]" : "",
                              port);
        }
        return COMMAND_NO;
}

int explain_host(const Launch *launch, const char *host, Buffer *ret_text)
{
        CLEANUP(net_policy_freep) NetPolicy *policy = read_policy(launch->plan);
        bool allowed = plan_view_has_host_network(launch->plan);

        if (policy != NULL)
                return explain_named(launch, policy, host, ret_text);
        buffer_add_escaped(ret_text, host);
        buffer_add_text(ret_text, allowed ? _(": allowed, the network is the host's")
                                          : _(": not allowed, the box has no network"));
        add_reason(launch->profile->profile, ret_text);
        if (allowed)
                return COMMAND_DONE;
        buffer_add_text(ret_text, _("mend: --net=named --allow-host="));
        buffer_add_escaped(ret_text, host);
        buffer_add_text(ret_text, _("; --net=host gives the whole network of the host\n"));
        return COMMAND_NO;
}
