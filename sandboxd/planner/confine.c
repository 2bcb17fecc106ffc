/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What holds the app beside its namespaces: the system call filter, Landlock, limits. */
#include <string.h>
#include <sys/resource.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "profile/value.h"
#include "seccomp/filter.h"

enum { LANDLOCK_WITH_FILES = 2, LANDLOCK_WITH_TCP = 4, LANDLOCK_WITH_SCOPES = 6 };

/* ---- seccomp ---- */

static PlanSeccomp choose_seccomp(Planner *planner)
{
        gboolean strict = g_str_equal(profile_get_string(planner->profile, PROFILE_SECCOMP_PROFILE), "strict");
        const char *nested = profile_get_string(planner->profile, PROFILE_ORIEL_NESTED);

        if (g_str_equal(nested, "no"))
                return strict ? PLAN_SECCOMP_STRICT : PLAN_SECCOMP_DEFAULT;
        if (strict)
                planner_note(planner,
                             _("asked seccomp profile=strict beside nested=%s, given the filter of nested=%s: strict "
                               "forbids the user namespaces that it allows"),
                             nested, nested);
        return g_str_equal(nested, "limited") ? PLAN_SECCOMP_LIMITED : PLAN_SECCOMP_NESTED;
}

/* An allowed call that the walls lean on ends the planning, one that thins them is told. */
static gboolean weigh(Planner *planner, PlanSeccomp seccomp, ProfileKey key, guint i, GError **error)
{
        const char *call = profile_get_list(planner->profile, key)[i], *reason = NULL;
        g_autofree char *origin = planner_origin(planner, key, i);
        gboolean allow = key == PROFILE_SECCOMP_ALLOW;
        SeccompWeight weight = allow ? seccomp_weigh_allow(seccomp, call, &reason) : seccomp_weigh_deny(call);

        if (weight == SECCOMP_WEIGHT_NEVER && allow)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED, _("[Seccomp] allow=%s%s: refused: %s"), call,
                            origin, _(reason));
        else if (weight == SECCOMP_WEIGHT_NEVER)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED,
                            _("[Seccomp] deny=%s%s: refused: without it no program starts or ends"), call, origin);
        else if (weight == SECCOMP_WEIGHT_FLAGGED)
                planner_note(planner, _("[Seccomp] allow=%s%s makes a wall thinner: %s"), call, origin, _(reason));
        return weight != SECCOMP_WEIGHT_NEVER;
}

/* The entries that stand, or NULL. */
static gboolean take_calls(Planner *planner, PlanSeccomp seccomp, ProfileKey key, char ***ret_calls, GError **error)
{
        const char *const *entries = profile_get_list(planner->profile, key);
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
        gsize n = 0;

        for (guint i = 0; entries[i] != NULL; i++) {
                if (entries[i][0] == '!')
                        continue;
                if (!weigh(planner, seccomp, key, i, error))
                        return FALSE;
                g_strv_builder_add(builder, entries[i]);
                n++;
        }
        *ret_calls = n > 0 ? g_strv_builder_end(builder) : NULL;
        return TRUE;
}

static gboolean add_filter(Planner *planner, PlanProgram *program, GError **error)
{
        struct sock_filter code[SECCOMP_FILTER_MAX];
        int n = 0;

        program->seccomp = choose_seccomp(planner);
        if (!take_calls(planner, program->seccomp, PROFILE_SECCOMP_ALLOW, &program->seccomp_allow, error) ||
            !take_calls(planner, program->seccomp, PROFILE_SECCOMP_DENY, &program->seccomp_deny, error))
                return FALSE;
        if (program->seccomp_allow == NULL && program->seccomp_deny == NULL)
                return TRUE;
        /* The names were read from the same table, and all of them together are no longer than this. */
        n = seccomp_filter_make(program->seccomp, program->seccomp_allow, program->seccomp_deny, code,
                                SECCOMP_FILTER_MAX);
        g_assert(n > 0);
        program->n_filter = (gsize)n * sizeof *code;
        program->filter = g_memdup2(code, program->n_filter);
        return TRUE;
}

static gboolean add_mdwe(Planner *planner, PlanProgram *program, GError **error)
{
        const HostFacts *facts = planner->facts;
        g_autofree char *origin = planner_origin(planner, PROFILE_SECCOMP_MDWE, 0);

        program->mdwe = g_str_equal(profile_get_string(planner->profile, PROFILE_SECCOMP_MDWE), "yes");
        if (!program->mdwe || facts->kernel_major > 6 || (facts->kernel_major == 6 && facts->kernel_minor >= 3))
                return TRUE;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                    _("[Seccomp] mdwe=yes%s: this kernel (%u.%u) cannot hold it\nIt takes Linux 6.3 or newer; or write "
                      "mdwe=no."),
                    origin, facts->kernel_major, facts->kernel_minor);
        return FALSE;
}

/* ---- Landlock ---- */

guint32 planner_landlock(const Planner *planner)
{
        /* With a network namespace of its own there is nothing to guard; a host display may be abstract. */
        return planner->host_network && planner->display != DISPLAY_HOST &&
                               planner->facts->landlock_abi >= LANDLOCK_WITH_SCOPES
                       ? PLAN_LANDLOCK_ABSTRACT
                       : 0;
}

/* "none" is a list without a port: all are refused. */
static void
add_ports(Planner *planner, ProfileKey key, guint32 right, PlanProgram *program, guint32 **ret, gsize *ret_n)
{
        const char *const *entries = profile_get_list(planner->profile, key);
        gboolean any = FALSE;

        for (guint i = 0; entries[i] != NULL && *ret_n < PLAN_MAX_PORTS; i++) {
                guint64 port = g_ascii_strtoull(entries[i], NULL, 10);

                any = any || entries[i][0] != '!';
                if (port == 0)
                        continue;
                *ret = g_renew(guint32, *ret, *ret_n + 1);
                (*ret)[(*ret_n)++] = (guint32)port;
        }
        if (any && planner->facts->landlock_abi >= LANDLOCK_WITH_TCP) {
                program->landlock |= right;
                return;
        }
        g_clear_pointer(ret, g_free);
        *ret_n = 0;
        if (any)
                planner_note(planner,
                             _("asked [Network] %s, given nothing: this kernel's Landlock knows no TCP (it takes Linux "
                               "6.7)"),
                             profile_key_info(key)->key);
}

static void add_landlock(Planner *planner, PlanProgram *program)
{
        program->landlock = planner_landlock(planner);
        /* Rights on files refuse mount(2), so they are for those who may not mount anyway. */
        if (planner->facts->landlock_abi >= LANDLOCK_WITH_FILES &&
            g_str_equal(profile_get_string(planner->profile, PROFILE_ORIEL_NESTED), "no"))
                program->landlock |= PLAN_LANDLOCK_FILES;
        add_ports(planner, PROFILE_NETWORK_CONNECT_PORTS, PLAN_LANDLOCK_CONNECT, program, &program->connect_ports,
                  &program->n_connect_ports);
        add_ports(planner, PROFILE_NETWORK_BIND_PORTS, PLAN_LANDLOCK_BIND, program, &program->bind_ports,
                  &program->n_bind_ports);
}

/* ---- Limits ---- */

static void add_limit(PlanProgram *program, guint32 resource, guint64 value)
{
        program->limits = g_renew(PlanLimit, program->limits, program->n_limits + 1);
        program->limits[program->n_limits++] = (PlanLimit){ .resource = resource, .value = value };
}

/* No dump of that program's memory, be it to a file or to the host's handler. */
static void add_no_core(PlanProgram *program)
{
        /* One byte: a dump to a file does not begin then, and core(5) says that 1 is what keeps a pipe's handler from
         * being started too.  The handler would read the app's memory, outside, as root. */
        add_limit(program, RLIMIT_CORE, 1);
}

static gboolean has_group(const Planner *planner)
{
        return planner->facts->cgroup != NULL || planner->facts->systemd_socket != NULL;
}

static guint64 number_of(const Planner *planner, ProfileKey key, gboolean (*parse)(const char *text, guint64 *ret))
{
        const char *text = profile_get_string(planner->profile, key);
        guint64 value = 0;

        /* "50%" too: what is behind the digits was checked when it was read. */
        if (text == NULL || (parse != NULL && !parse(text, &value)))
                return 0;
        return parse != NULL ? value : g_ascii_strtoull(text, NULL, 10);
}

/* What processes are held to one by one. */
static void add_limits(Planner *planner, PlanProgram *program)
{
        static const struct {
                ProfileKey key;
                guint32 resource;
                gboolean (*parse)(const char *text, guint64 *ret);
        } limits[] = {
                { PROFILE_LIMITS_MEMORY, RLIMIT_DATA, profile_size_parse },
                /* Of all in the box together: the kernel counts by user namespace (Linux 5.14), and the box has one. */
                { PROFILE_LIMITS_PIDS, RLIMIT_NPROC, NULL },
                { PROFILE_LIMITS_FILES, RLIMIT_NOFILE, NULL },
                { PROFILE_LIMITS_DISK, RLIMIT_FSIZE, profile_size_parse },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
                guint64 value = number_of(planner, limits[i].key, limits[i].parse);

                if (value != 0 && (limits[i].key != PROFILE_LIMITS_MEMORY || !has_group(planner)))
                        add_limit(program, limits[i].resource, value);
        }
        if (g_str_equal(profile_get_string(planner->profile, PROFILE_LIMITS_CORE), "no"))
                add_no_core(program);
}

PlanBudget planner_budget(Planner *planner)
{
        const Profile *profile = planner->profile;
        PlanBudget budget = { .seconds = (guint32)MIN(number_of(planner, PROFILE_LIMITS_TIME, profile_time_parse),
                                                      G_MAXINT32) };
        gboolean memory = profile_is_set(profile, PROFILE_LIMITS_MEMORY),
                 cpu = profile_is_set(profile, PROFILE_LIMITS_CPU);

        /* Processes are counted well enough without one. */
        if ((memory || cpu) && has_group(planner)) {
                budget.memory = number_of(planner, PROFILE_LIMITS_MEMORY, profile_size_parse);
                budget.cpu = (guint32)number_of(planner, PROFILE_LIMITS_CPU, NULL);
                budget.pids = (guint32)number_of(planner, PROFILE_LIMITS_PIDS, NULL);
        } else if (memory) {
                planner_note(planner,
                             _("asked [Limits] memory, given to each process by itself, and only for what it may write "
                               "without sharing: no control group can be made here (oriel doctor says why)"));
        }
        if (cpu && !has_group(planner))
                planner_note(
                        planner,
                        _("asked [Limits] cpu, given nothing: no control group can be made here (oriel doctor says "
                          "why)"));
        return budget;
}

void planner_confine_companion(Planner *planner, PlanProgram *program)
{
        if (planner->facts->landlock_abi >= LANDLOCK_WITH_FILES)
                program->landlock |= PLAN_LANDLOCK_FILES;
        add_no_core(program);
}

gboolean planner_confine(Planner *planner, PlanProgram *program, GError **error)
{
        if (!add_filter(planner, program, error) || !add_mdwe(planner, program, error))
                return FALSE;
        add_landlock(planner, program);
        add_limits(planner, program);
        return TRUE;
}
