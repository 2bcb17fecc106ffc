/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The planner: the stages in order, and the drafts put together into a plan.
 *
 * Theory.  A profile states wishes; each stage gives the narrowest thing that fulfils one, or nothing and a note.  The
 * order matters: what display, network and buses are given decides which boxes exist; a box's system directories come
 * before what is shown in them; grants are collected before any is applied, because what is protected depends on all of
 * them.  Mounts are not in order until the end: draft_finish() sorts them by path, so that no stage needs to know what
 * another put above or below. */
#include "planner/planner.h"

#include <string.h>

#include "base/i18n.h"
#include "plan/check.h"
#include "planner/context.h"

/* ---- Looking up ---- */

const FactsPath *planner_look(Planner *planner, const char *path)
{
        static const FactsPath absent = { .kind = FACTS_PATH_ABSENT };
        const FactsPath *found;

        if (planner->wants != NULL) {
                g_hash_table_add(planner->wants->paths, g_strdup(path));
                g_free(planner->wanted.canonical);
                planner->wanted = (FactsPath){ .kind = FACTS_PATH_DIRECTORY,
                                               .canonical = g_strdup(path),
                                               .owner = planner->facts->uid };
                return &planner->wanted;
        }
        found = host_facts_path(planner->facts, path);
        return found == NULL ? &absent : found;
}

const FactsPath *planner_look_through(Planner *planner, const char *path)
{
        const FactsPath *found = planner_look(planner, path);

        return found->kind == FACTS_PATH_SYMLINK && found->canonical != NULL ? planner_look(planner, found->canonical)
                                                                             : found;
}

const char *planner_program(Planner *planner, const char *name)
{
        if (planner->wants == NULL)
                return host_facts_program(planner->facts, name);
        g_hash_table_add(planner->wants->programs, g_strdup(name));
        return "/usr/bin/true";
}

gboolean planner_can_make(Planner *planner, const char *path)
{
        gboolean can = path_is_below(path, planner->home) && strlen(path) > strlen(planner->home);
        g_autofree char *above = g_path_get_dirname(path);

        while (can && strlen(above) > strlen(planner->home)) {
                FactsPathKind kind = planner_look(planner, above)->kind;
                char *next = g_path_get_dirname(above);

                can = kind == FACTS_PATH_DIRECTORY || kind == FACTS_PATH_ABSENT;
                g_free(above);
                above = next;
        }
        return can;
}

void planner_note(Planner *planner, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        g_ptr_array_add(planner->notes, g_strdup_vprintf(format, args));
        va_end(args);
}

char *planner_origin(const Planner *planner, ProfileKey key, guint i)
{
        ProfileOrigin origin = profile_origin(planner->profile, key, i);

        return origin.line > 0 ? g_strdup_printf(" (%s:%u)", origin.file, origin.line)
                               : g_strdup_printf(" (%s)", origin.file);
}

Draft *planner_draft_for(Planner *planner, const char *program)
{
        gint i = template_box_of(planner->template, program);

        if (i < 0)
                return NULL;
        if (planner->drafts->pdata[i] == NULL)
                planner->drafts->pdata[i] = draft_new(((TemplateBox *)planner->template->boxes->pdata[i])->unshare);
        return planner->drafts->pdata[i];
}

/* ---- What is read and does nothing ---- */

/* Set keys of which nothing was given, with the table's word for it. */
static void note_unused(Planner *planner)
{
        for (guint key = 0; key < _PROFILE_KEY_MAX; key++) {
                const ProfileKeyInfo *info = profile_key_info((ProfileKey)key);

                /* Flatpak's own keys say nothing that a box here could give. */
                if (info->has_effect || !profile_is_set(planner->profile, (ProfileKey)key) ||
                    g_str_equal(info->group, "Application"))
                        continue;
                if (info->type == PROFILE_TYPE_CHOICE && profile_get_choice(planner->profile, (ProfileKey)key) == 0)
                        continue;
                if (key == PROFILE_COMPANIONS_KEYRING &&
                    (g_str_equal(profile_get_string(planner->profile, PROFILE_COMPANIONS_KEYRING), "host") ||
                     g_str_equal(profile_get_string(planner->profile, PROFILE_COMPANIONS_KEYRING), "none")))
                        continue;
                planner_note(planner, _("asked [%s] %s, given nothing: it has no effect yet"), info->group, info->key);
        }
}

/* ---- Putting together ---- */

/* A box is there if something runs in it or in one below. */
static gboolean is_needed(const Planner *planner, guint box)
{
        const Draft *draft = planner->drafts->pdata[box];

        if (draft != NULL && draft->programs->len > 0)
                return TRUE;
        for (guint i = box + 1; i < planner->template->boxes->len; i++)
                if (((TemplateBox *)planner->template->boxes->pdata[i])->parent == box && is_needed(planner, i))
                        return TRUE;
        return FALSE;
}

static gboolean shows_host_ipc(const Planner *planner)
{
        return planner->display == DISPLAY_HOST && profile_has_word(planner->profile, PROFILE_CONTEXT_SHARED, "ipc");
}

/* Without the namespaces that are granted to the app, on its way up to the host's. */
static guint32 unshare_of(const Planner *planner, const TemplateBox *box, const Draft *draft)
{
        guint32 unshare = draft != NULL ? draft->unshare : box->unshare;

        if (box->kind == PLAN_BOX_KEEPER || box->kind == PLAN_BOX_SEMI)
                return unshare;
        if (planner->host_network)
                unshare &= ~(guint32)PLAN_NS_NET;
        if (shows_host_ipc(planner))
                unshare &= ~(guint32)PLAN_NS_IPC;
        return unshare;
}

/* A box that is made to be shared, and only one box is in it: that one has its namespaces itself, and is one process
 * cheaper. */
static gboolean is_shared_by_one(const Planner *planner, guint box)
{
        const GPtrArray *boxes = planner->template->boxes;
        guint n = 0;

        if (((TemplateBox *)boxes->pdata[box])->kind != PLAN_BOX_INNER || planner->drafts->pdata[box] != NULL ||
            profile_box_is_set(planner->template->profile, box, PROFILE_BOX_HOSTNAME))
                return FALSE;
        for (guint i = box + 1; i < boxes->len; i++)
                n += ((TemplateBox *)boxes->pdata[i])->parent == box && is_needed(planner, i);
        return n == 1;
}

/* The box whose network namespace the app is in; NULL: the host's. */
static PlanBox *network_box(Plan *plan, guint app)
{
        while ((plan->boxes[app].unshare & PLAN_NS_NET) == 0) {
                if (app == 0)
                        return NULL;
                app = plan->boxes[app].parent;
        }
        return &plan->boxes[app];
}

static gboolean put_boxes(Planner *planner, Plan *plan, guint *places, GError **error)
{
        const GPtrArray *boxes = planner->template->boxes;
        g_autofree guint32 *handed = g_new0(guint32, boxes->len); /* to the one box in it */
        PlanBox *network = NULL;

        plan->boxes = g_new0(PlanBox, boxes->len);
        for (guint i = 0; i < boxes->len; i++) {
                const TemplateBox *from = boxes->pdata[i];
                Draft *draft = planner->drafts->pdata[i];
                PlanBox *box;

                if (!is_needed(planner, i))
                        continue;
                if (is_shared_by_one(planner, i)) {
                        places[i] = places[from->parent];
                        handed[i] = unshare_of(planner, from, draft) | handed[from->parent];
                        continue;
                }
                places[i] = (guint)plan->n_boxes;
                box = &plan->boxes[plan->n_boxes++];
                box->name = g_strdup(from->name);
                box->kind = from->kind;
                box->parent = places[from->parent];
                box->unshare = unshare_of(planner, from, draft) | handed[from->parent];
                box->uid = planner->facts->uid;
                box->gid = planner->facts->gid;
                if (i >= template_n_written(planner->template))
                        box->hostname = (box->unshare & PLAN_NS_UTS) != 0 ? g_strdup("oriel") : NULL;
                else if (!planner_box_written(planner, i, &plan->boxes[0], box, error))
                        return FALSE;
                if (draft != NULL)
                        draft_finish(draft, box);
        }
        network = network_box(plan, places[template_box_of(planner->template, "app")]);
        if (network != NULL)
                planner_network_box(planner, network);
        return TRUE;
}

static void add_slot(GPtrArray *slots, const char *slot)
{
        for (guint i = 0; i < slots->len; i++)
                if (g_str_equal(slots->pdata[i], slot))
                        return;
        g_ptr_array_add(slots, g_strdup(slot));
}

/* What mounts and programs name, but for the sockets and devices that the engine itself makes; 0, 1, 2 and the log come
 * where the caller has them. */
static void put_slots(Plan *plan)
{
        static const char *const with_group[] = { "cgroup", "stdin", "stdout", "stderr", "log", NULL };
        const char *const *optional = with_group + 1;
        g_autoptr(GPtrArray) slots = g_ptr_array_new();

        for (gsize b = 0; b < plan->n_boxes; b++)
                for (gsize m = 0; m < plan->boxes[b].n_mounts; m++)
                        if (plan->boxes[b].mounts[m].slot != NULL && plan->boxes[b].mounts[m].kind != PLAN_MOUNT_FUSE)
                                add_slot(slots, plan->boxes[b].mounts[m].slot);
        for (gsize p = 0; p < plan->n_programs; p++)
                for (gsize f = 0; f < plan->programs[p].n_fds; f++)
                        if (!g_str_has_prefix(plan->programs[p].fds[f].slot, "listen-") &&
                            !g_str_has_prefix(plan->programs[p].fds[f].slot, "fuse-"))
                                add_slot(slots, plan->programs[p].fds[f].slot);
        g_ptr_array_add(slots, NULL);
        plan->slots = (char **)g_ptr_array_free(g_steal_pointer(&slots), FALSE);
        plan->optional_slots = g_strdupv((char **)(plan_needs_group(plan) ? with_group : optional));
}

/* A fault, with the line of the tree that is to blame. */
static void tell_fault(const Plan *plan, PlanScope scope, size_t i, size_t j, const char *sentence, void *data)
{
        const Template *template = ((const Planner *)data)->template;
        GString *why = ((Planner *)data)->why;
        size_t box = scope == PLAN_SCOPE_PROGRAM ? plan->programs[i].box : i;
        ProfileBoxKey key = scope == PLAN_SCOPE_MOUNT     ? PROFILE_BOX_MOUNTS
                            : scope == PLAN_SCOPE_PROGRAM ? PROFILE_BOX_RUN
                                                          : _PROFILE_BOX_KEY_MAX;

        for (guint t = 0; scope != PLAN_SCOPE_PLAN && t < template_n_written(template); t++)
                if (box < plan->n_boxes &&
                    g_str_equal(((TemplateBox *)template->boxes->pdata[t])->name, plan->boxes[box].name)) {
                        ProfileOrigin origin = profile_box_origin(template->profile, t, key);

                        g_string_append_printf(why, _("%s:%u: box %s: "), origin.file, origin.line,
                                               plan->boxes[box].name);
                }
        if (scope == PLAN_SCOPE_MOUNT)
                g_string_append_printf(why, _("mount %s: "), plan->boxes[i].mounts[j].dest);
        if (scope == PLAN_SCOPE_PROGRAM)
                g_string_append_printf(why, _("program %s: "), plan->programs[i].name);
        g_string_append_printf(why, "%s\n", sentence);
}

static Plan *put_together(Planner *planner, GError **error)
{
        CLEANUP(plan_freep) Plan *plan = g_new0(Plan, 1);
        g_autoptr(GString) why = g_string_new(NULL);
        g_autofree guint *places = g_new0(guint, planner->template->boxes->len);

        plan->id = g_strdup(planner->request->id);
        plan->app = g_strdup(planner->request->app_id);
        if (!put_boxes(planner, plan, places, error) || !planner_order(planner, plan, places, error))
                return NULL;
        plan->budget = planner_budget(planner);
        plan->n_guards = planner->guards->len;
        plan->guards = g_array_steal(planner->guards, NULL);
        put_slots(plan);
        g_ptr_array_add(planner->notes, NULL);
        plan->notes = g_strdupv((char **)planner->notes->pdata);
        planner->why = why;
        if (!plan_check_each(plan, tell_fault, planner)) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                            _("%s: the plan breaks a rule, so it is not done:\n%s"), planner->request->app_id,
                            why->str);
                return NULL;
        }
        return STEAL(plan);
}

/* ---- Stages ---- */

static gboolean run_stages(Planner *planner, GError **error)
{
        planner->template = template_new(planner->profile, planner->request->template_text,
                                         planner->request->template_label, error);
        if (planner->template == NULL)
                return FALSE;
        if (!planner_decide_images(planner, error))
                return FALSE;
        planner->drafts = g_ptr_array_new_with_free_func((GDestroyNotify)draft_free);
        g_ptr_array_set_size(planner->drafts, (gint)planner->template->boxes->len);
        planner->app = draft_new(0);
        if (!planner_decide_display(planner, error))
                return FALSE;
        planner_decide_network(planner);
        planner_decide_buses(planner);
        planner_base_app(planner);
        if (!planner_home(planner, error) || !planner_filesystems(planner, error) ||
            !planner_workspace(planner, error) || !planner_overlays(planner, error) ||
            !planner_program_root(planner, error))
                return FALSE;
        planner_protect(planner);
        planner_project(planner);
        planner_private(planner);
        planner_apply_grants(planner);
        planner_git_identity(planner);
        planner_devices(planner);
        planner_display(planner);
        planner_buses(planner);
        planner_network(planner);
        if (!planner_images(planner, error) || !planner_programs(planner, error) || !planner_boxes(planner, error))
                return FALSE;
        note_unused(planner);
        return TRUE;
}

static void planner_begin(Planner *planner, const PlanRequest *request, const HostFacts *facts)
{
        planner->request = request;
        planner->facts = facts;
        planner->profile = request->profile;
        planner->notes = g_ptr_array_new_with_free_func(g_free);
        planner->grants = g_ptr_array_new_with_free_func(planner_grant_free);
        planner->images = g_ptr_array_new_with_free_func(planner_image_free);
        planner->guards = g_array_new(FALSE, TRUE, sizeof(PlanGuard));
        planner->home = g_strdup(facts->home);
        planner->runtime_dir = g_strdup_printf("/run/user/%u", facts->uid);
}

static void planner_end(Planner *planner)
{
        template_free(planner->template);
        draft_free(planner->app);
        g_clear_pointer(&planner->drafts, g_ptr_array_unref);
        g_clear_pointer(&planner->session_options, g_ptr_array_unref);
        g_clear_pointer(&planner->inner_names, g_ptr_array_unref);
        g_clear_pointer(&planner->inner_system_names, g_ptr_array_unref);
        g_clear_pointer(&planner->accessibility_options, g_ptr_array_unref);
        g_clear_pointer(&planner->system_options, g_ptr_array_unref);
        g_clear_pointer(&planner->net_options, g_ptr_array_unref);
        g_clear_pointer(&planner->net_routes, g_ptr_array_unref);
        g_clear_pointer(&planner->net_credentials, g_ptr_array_unref);
        g_clear_pointer(&planner->net_listeners, g_array_unref);
        g_ptr_array_unref(planner->notes);
        g_ptr_array_unref(planner->grants);
        g_ptr_array_unref(planner->images);
        g_array_unref(planner->guards);
        g_free(planner->workspace);
        g_free(planner->home);
        g_free(planner->runtime_dir);
        g_free(planner->argv0);
        g_free(planner->program_path);
        g_free(planner->wanted.canonical);
}

PlannerWants *planner_wants_new(void)
{
        PlannerWants *wants = g_new0(PlannerWants, 1);

        wants->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        wants->programs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        wants->images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        wants->commands = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        wants->projects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        return wants;
}

PlannerWants *planner_wants(const PlanRequest *request, const HostFacts *basics)
{
        PlannerWants *wants = planner_wants_new();
        Planner planner = { .wants = wants };

        planner_begin(&planner, request, basics);
        /* What can't be planned says so when it is: here only the questions count. */
        (void)run_stages(&planner, NULL);
        planner_end(&planner);
        return wants;
}

void planner_wants_free(PlannerWants *wants)
{
        if (wants == NULL)
                return;
        g_hash_table_unref(wants->paths);
        g_hash_table_unref(wants->programs);
        g_hash_table_unref(wants->images);
        g_hash_table_unref(wants->commands);
        g_hash_table_unref(wants->projects);
        g_free(wants);
}

Plan *planner_plan(const PlanRequest *request, const HostFacts *facts, GError **error)
{
        Planner planner = { 0 };
        Plan *plan = NULL;

        planner_begin(&planner, request, facts);
        if (run_stages(&planner, error))
                plan = put_together(&planner, error);
        planner_end(&planner);
        return plan;
}
