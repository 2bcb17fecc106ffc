/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tree itself says of its boxes: mounts, commands, ids, capabilities.
 *
 * The app's view (planner->app) is what the profile grants.  It is the app's box that shows it, or a zone above, which
 * then bounds what the boxes in it show: "granted" and "parent" take over a whole view, each other line adds to it.
 * What a line asks of the host is weighed as a grant is; plan_check() compares views. */
#include <string.h>

#include "base/i18n.h"
#include "ids/capability.h"
#include "planner/context.h"
#include "profile/value.h"

static const TemplateBox *box_at(const Planner *planner, guint i)
{
        return planner->template->boxes->pdata[i];
}

static Draft *draft_at(Planner *planner, guint i)
{
        if (planner->drafts->pdata[i] == NULL)
                planner->drafts->pdata[i] = draft_new(box_at(planner, i)->unshare);
        return planner->drafts->pdata[i];
}

static gboolean runs_command(const TemplateBox *box)
{
        for (gsize r = 0; box->run[r] != NULL; r++)
                if (!template_is_role(box->run[r]))
                        return TRUE;
        return FALSE;
}

/* ---- Mounts ---- */

typedef struct Line {
        Planner *planner;
        guint box;
        Draft *draft;
        const char *entry;
        const ProfileBoxMount *mount;
        char *dest;
} Line;

static gboolean refuse(const Line *line, GError **error, const char *why)
{
        return template_fail(line->planner->template, line->box, PROFILE_BOX_MOUNTS, error, "%s: %s", line->entry, why);
}

static guint32 flags_of(const ProfileBoxMount *mount)
{
        static const struct {
                ProfileBoxMountFlag from;
                PlanMountFlag to;
        } same[] = {
                { PROFILE_BOX_MOUNT_RW, PLAN_MOUNT_RW },
                { PROFILE_BOX_MOUNT_OPTIONAL, PLAN_MOUNT_OPTIONAL },
                { PROFILE_BOX_MOUNT_DEVICE, PLAN_MOUNT_DEVICE },
                { PROFILE_BOX_MOUNT_NOEXEC, PLAN_MOUNT_NOEXEC },
                { PROFILE_BOX_MOUNT_PIDS_ONLY, PLAN_MOUNT_PIDS_ONLY },
                { PROFILE_BOX_MOUNT_HIDE_PIDS, PLAN_MOUNT_HIDE_PIDS },
        };
        guint32 flags = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(same); i++)
                flags |= (mount->flags & same[i].from) != 0 ? same[i].to : 0;
        return flags;
}

static char *expand(const Planner *planner, const char *path)
{
        return *path == '~' ? g_build_filename(planner->home, path + 1, NULL) : g_strdup(path);
}

static gboolean add_base(const Line *line, GError **error)
{
        (void)error;
        if (box_at(line->planner, line->box)->kind == PLAN_BOX_SEMI)
                planner_base_semi(line->planner, line->draft);
        else
                planner_base_untrusted(line->planner, line->draft);
        return TRUE;
}

static gboolean add_granted(const Line *line, GError **error)
{
        if (box_at(line->planner, line->box)->kind == PLAN_BOX_SEMI)
                return refuse(line, error, _("what is granted to the app is shown to no semi-trusted box"));
        draft_add_all(line->draft, line->planner->app);
        return TRUE;
}

static gboolean add_parent(const Line *line, GError **error)
{
        const Draft *above = line->planner->drafts->pdata[box_at(line->planner, line->box)->parent];

        if (above == NULL || above->mounts->len == 0)
                return refuse(line, error, _("the box above shows nothing of its own"));
        draft_add_all(line->draft, above);
        return TRUE;
}

/* A path of the host, weighed as a grant is; NULL after a fault, or with *ret_skip where there is none and need not be.
 */
static char *weigh(const Line *line, const char *asked, gboolean writable, gboolean *ret_skip, GError **error)
{
        Planner *planner = line->planner;
        PlanBoxKind kind = box_at(planner, line->box)->kind;
        g_autofree char *path = expand(planner, asked);
        const FactsPath *found = planner_look_through(planner, path);
        const char *why;

        *ret_skip = FALSE;
        if (planner->wants != NULL)
                return g_steal_pointer(&path);
        if (found->kind == FACTS_PATH_ABSENT || found->canonical == NULL) {
                *ret_skip = (line->mount->flags & PROFILE_BOX_MOUNT_OPTIONAL) != 0;
                if (!*ret_skip)
                        refuse(line, error, _("there is no such path; add optional to go on without it"));
                return NULL;
        }
        if (found->kind == FACTS_PATH_SOCKET && kind == PLAN_BOX_COMPANIONS) {
                refuse(line, error, _("a companion of the app sees no socket of the host"));
                return NULL;
        }
        if (writable && kind == PLAN_BOX_SEMI) {
                refuse(line, error, _("a semi-trusted box writes to none of the host's files"));
                return NULL;
        }
        why = planner_why_not_bound(planner, found, writable, kind == PLAN_BOX_SEMI);
        if (why != NULL) {
                refuse(line, error, why);
                return NULL;
        }
        return g_strdup(found->canonical);
}

static gboolean add_bind(const Line *line, GError **error)
{
        const ProfileBoxMount *mount = line->mount;
        gboolean writable = (mount->flags & PROFILE_BOX_MOUNT_RW) != 0, skip = FALSE;
        g_autofree char *source = weigh(line, mount->from == NULL ? mount->dest : mount->from, writable, &skip, error);

        if (source == NULL)
                return skip;
        draft_bind(line->draft, source, line->dest, flags_of(mount));
        return TRUE;
}

static gboolean add_tmpfs(const Line *line, GError **error)
{
        (void)error;
        draft_tmpfs(line->draft, line->dest, line->mount->mode, line->mount->size)->flags = flags_of(line->mount);
        return TRUE;
}

static gboolean add_shared(const Line *line, GError **error)
{
        g_autofree char *name = g_strconcat("tree-", line->mount->from, NULL);

        (void)error;
        draft_shared(line->draft, g_strdelimit(name, "/", '-'), line->dest, line->mount->mode, line->mount->size,
                     flags_of(line->mount));
        return TRUE;
}

/* Changes are forgotten at the end. */
static gboolean add_overlay(const Line *line, GError **error)
{
        g_autoptr(GPtrArray) lowers = g_ptr_array_new_with_free_func(g_free);

        for (gsize i = 0; line->mount->lowers[i] != NULL; i++) {
                gboolean skip = FALSE;
                char *lower = weigh(line, line->mount->lowers[i], FALSE, &skip, error);

                if (lower == NULL)
                        return FALSE;
                g_ptr_array_add(lowers, lower);
        }
        if ((line->mount->flags & PROFILE_BOX_MOUNT_RW) == 0 && lowers->len < 2)
                return refuse(line, error, _("an overlay that is not rw has two lower= or more"));
        g_ptr_array_add(lowers, NULL);
        draft_overlay_of(line->draft, line->dest, (const char *const *)lowers->pdata, line->mount->size,
                         flags_of(line->mount));
        return TRUE;
}

static gboolean add_proc(const Line *line, GError **error)
{
        (void)error;
        draft_proc(line->draft, line->dest, flags_of(line->mount));
        return TRUE;
}

static gboolean add_devpts(const Line *line, GError **error)
{
        (void)error;
        draft_plain(line->draft, PLAN_MOUNT_DEVPTS, line->dest);
        return TRUE;
}

static gboolean add_mqueue(const Line *line, GError **error)
{
        (void)error;
        draft_plain(line->draft, PLAN_MOUNT_MQUEUE, line->dest);
        return TRUE;
}

static gboolean add_dir(const Line *line, GError **error)
{
        (void)error;
        draft_dir(line->draft, line->dest, line->mount->mode);
        return TRUE;
}

static gboolean add_file(const Line *line, GError **error)
{
        (void)error;
        draft_file(line->draft, line->dest, line->mount->from == NULL ? "" : line->mount->from, line->mount->mode);
        return TRUE;
}

static gboolean add_symlink(const Line *line, GError **error)
{
        (void)error;
        draft_symlink(line->draft, line->dest, line->mount->from);
        return TRUE;
}

static gboolean add_mask(const Line *line, GError **error)
{
        (void)error;
        draft_plain(line->draft, PLAN_MOUNT_MASK, line->dest);
        return TRUE;
}

static gboolean add_read_only(const Line *line, GError **error)
{
        (void)error;
        draft_plain(line->draft, PLAN_MOUNT_RO, line->dest);
        return TRUE;
}

static gboolean (*const adders[])(const Line *line, GError **error) = {
        [PROFILE_BOX_MOUNT_BASE] = add_base,
        [PROFILE_BOX_MOUNT_GRANTED] = add_granted,
        [PROFILE_BOX_MOUNT_PARENT] = add_parent,
        [PROFILE_BOX_MOUNT_BIND] = add_bind,
        [PROFILE_BOX_MOUNT_TMPFS] = add_tmpfs,
        [PROFILE_BOX_MOUNT_SHARED] = add_shared,
        [PROFILE_BOX_MOUNT_OVERLAY] = add_overlay,
        [PROFILE_BOX_MOUNT_PROC] = add_proc,
        [PROFILE_BOX_MOUNT_DEVPTS] = add_devpts,
        [PROFILE_BOX_MOUNT_MQUEUE] = add_mqueue,
        [PROFILE_BOX_MOUNT_DIR] = add_dir,
        [PROFILE_BOX_MOUNT_FILE] = add_file,
        [PROFILE_BOX_MOUNT_SYMLINK] = add_symlink,
        [PROFILE_BOX_MOUNT_MASK] = add_mask,
        [PROFILE_BOX_MOUNT_READ_ONLY] = add_read_only,
};
G_STATIC_ASSERT(G_N_ELEMENTS(adders) == _PROFILE_BOX_MOUNT_MAX);

static gboolean add_line(Planner *planner, guint box, Draft *draft, const char *entry, GError **error)
{
        g_auto(ProfileBoxMount) mount = { 0 };
        g_autofree char *dest = NULL;

        /* The parser has read it once. */
        if (!profile_box_mount_parse(&mount, entry))
                return TRUE;
        dest = mount.dest == NULL ? NULL : expand(planner, mount.dest);
        return adders[mount.kind](
                &(Line){
                        .planner = planner, .box = box, .draft = draft, .entry = entry, .mount = &mount, .dest = dest },
                error);
}

/* Something must be there to mount on, and it ends read-only. */
static void ensure_root(Draft *draft)
{
        for (guint i = 0; i < draft->mounts->len; i++)
                if (g_str_equal(g_array_index(draft->mounts, PlanMount, i).dest, "/"))
                        return;
        draft_tmpfs(draft, "/", 0755, 1024 * 1024);
        draft_plain(draft, PLAN_MOUNT_RO, "/");
}

static gboolean add_mounts(Planner *planner, guint i, GError **error)
{
        const TemplateBox *box = box_at(planner, i);
        g_auto(GStrv) entries = profile_box_get_list(planner->template->profile, i, PROFILE_BOX_MOUNTS);
        gboolean own = (box->unshare & PLAN_NS_MOUNT) != 0;

        if (profile_box_is_set(planner->template->profile, i, PROFILE_BOX_MOUNTS)) {
                if (!own || box->kind == PLAN_BOX_KEEPER)
                        return template_fail(planner->template, i, PROFILE_BOX_MOUNTS, error,
                                             own ? _("the keeper's box shows nothing")
                                                 : _("mounts need mount in unshare="));
                for (gsize e = 0; entries[e] != NULL; e++)
                        if (!add_line(planner, i, draft_at(planner, i), entries[e], error))
                                return FALSE;
                if (entries[0] != NULL)
                        ensure_root(draft_at(planner, i));
                return TRUE;
        }
        if (own && template_box_of(planner->template, "app") == (gint)i)
                draft_add_all(draft_at(planner, i), planner->app);
        else if (own && runs_command(box))
                return add_line(planner, i, draft_at(planner, i), "base", error);
        return TRUE;
}

/* ---- Commands ---- */

static PlanReady ready_of(ProfileReady ready)
{
        static const PlanReady same[] = {
                [PROFILE_READY_EXEC] = PLAN_READY_EXEC,     [PROFILE_READY_EXIT] = PLAN_READY_EXIT,
                [PROFILE_READY_FD] = PLAN_READY_BYTE,       [PROFILE_READY_LINE] = PLAN_READY_LINE,
                [PROFILE_READY_SOCKET] = PLAN_READY_SOCKET, [PROFILE_READY_FILE] = PLAN_READY_FILE,
        };
        G_STATIC_ASSERT(G_N_ELEMENTS(same) == _PROFILE_READY_MAX);

        return same[ready];
}

static void set_ready(const Planner *planner, guint i, PlanProgram *program)
{
        const Profile *profile = planner->template->profile;
        ProfileReady ready = PROFILE_READY_EXEC;
        const char *path = NULL;
        guint64 seconds = 0;

        (void)profile_ready_parse(profile_box_get(profile, i, PROFILE_BOX_READY), &ready, &program->ready_fd, &path);
        (void)profile_time_parse(profile_box_get(profile, i, PROFILE_BOX_TIMEOUT), &seconds);
        program->ready = ready_of(ready);
        program->ready_path = g_strdup(path);
        program->ready_timeout_ms = ready == PROFILE_READY_EXEC ? 0 : (guint32)seconds * 1000;
}

static PlanDeath death_of(const Planner *planner, guint i)
{
        const char *word = profile_box_get(planner->template->profile, i, PROFILE_BOX_DEATH);
        PlanDeath death = 0;

        while (!g_str_equal(plan_death_word(death), word))
                death++;
        return death;
}

/* A name that no other program has: the box's, and a number where it runs several. */
static char *name_of(const TemplateBox *box, gsize r)
{
        g_autofree char *plain = g_strconcat("box-", box->name, NULL);

        g_strdelimit(plain, "/", '-');
        if (strlen(plain) > 60)
                plain[60] = '\0';
        return r == 0 ? g_steal_pointer(&plain) : g_strdup_printf("%s-%" G_GSIZE_FORMAT, plain, r + 1);
}

static void add_command(Planner *planner, guint i, gsize r)
{
        const TemplateBox *box = box_at(planner, i);
        g_autofree char *name = name_of(box, r);
        PlanProgram *program = draft_program(draft_at(planner, i), name);
        g_auto(GStrv) variables = profile_box_get_list(planner->template->profile, i, PROFILE_BOX_ENVIRONMENT);

        program->argv = profile_words_parse(box->run[r]);
        program->envp = planner_environment(planner, box->kind == PLAN_BOX_APP, variables);
        program->home = g_strdup(box->kind == PLAN_BOX_APP ? planner->home : "/tmp");
        program->stdio = PLAN_STDIO_LOG;
        program->death = death_of(planner, i);
        program->landlock = box->kind == PLAN_BOX_SEMI ? 0 : planner_landlock(planner);
        set_ready(planner, i, program);
}

/* ---- Ids ---- */

static guint64 capabilities_of(const Planner *planner, guint i)
{
        g_auto(GStrv) words = profile_box_get_list(planner->template->profile, i, PROFILE_BOX_CAPABILITIES);
        guint64 set = 0;

        for (const Capability *one = capabilities; one->name != NULL; one++)
                if (g_strv_contains((const char *const *)words, one->name))
                        set |= G_GUINT64_CONSTANT(1) << one->number;
        return set;
}

static void add_range(PlanRange **ranges, gsize *n, PlanRange range)
{
        *ranges = g_renew(PlanRange, *ranges, *n + 1);
        (*ranges)[(*n)++] = range;
}

/* Each box's share follows the one before it, so no two boxes have the same ids. */
static void take_ids(PlanBox *keeper, PlanBox *box, guint inside, guint count)
{
        guint next = keeper->n_uids == 0 ? 1 : 1 + keeper->uids[0].count;

        add_range(&box->uids, &box->n_uids, (PlanRange){ inside, next, count });
        add_range(&box->gids, &box->n_gids, (PlanRange){ inside, next, count });
        keeper->uids[0].count += count;
        keeper->gids[0].count += count;
}

static gboolean give_subids(Planner *planner, guint i, PlanBox *keeper, PlanBox *box, GError **error)
{
        const HostFacts *facts = planner->facts;
        g_auto(GStrv) entries = profile_box_get_list(planner->template->profile, i, PROFILE_BOX_SUBIDS);
        guint most = MIN(facts->n_subuids, facts->n_subgids);

        if (entries[0] == NULL)
                return TRUE;
        if (g_strv_length(entries) > PLAN_MAX_RANGES)
                return template_fail(planner->template, i, PROFILE_BOX_SUBIDS, error,
                                     _("these are more than %d ranges"), PLAN_MAX_RANGES);
        if (planner_program(planner, "newuidmap") == NULL)
                return template_fail(planner->template, i, PROFILE_BOX_SUBIDS, error,
                                     _("newuidmap is not installed\nOn Debian: apt install uidmap."));
        if (most == 0)
                return template_fail(planner->template, i, PROFILE_BOX_SUBIDS, error,
                                     _("you have no subordinate ids\nAs root: usermod --add-subuids 100000-165535 "
                                       "--add-subgids 100000-165535 %s"),
                                     facts->user);
        if (keeper->n_uids == 0) {
                add_range(&keeper->uids, &keeper->n_uids, (PlanRange){ 1, facts->subuid, 0 });
                add_range(&keeper->gids, &keeper->n_gids, (PlanRange){ 1, facts->subgid, 0 });
        }
        for (gsize e = 0; entries[e] != NULL; e++) {
                guint inside = 0, count = 0;

                (void)profile_subids_parse(entries[e], &inside, &count);
                if (count > most - keeper->uids[0].count)
                        return template_fail(planner->template, i, PROFILE_BOX_SUBIDS, error,
                                             _("%s is more than the %u subordinate ids that are left of yours"),
                                             entries[e], most - keeper->uids[0].count);
                take_ids(keeper, box, inside, count);
        }
        return TRUE;
}

gboolean planner_box_written(Planner *planner, guint i, PlanBox *keeper, PlanBox *box, GError **error)
{
        if ((box->unshare & PLAN_NS_UTS) != 0)
                box->hostname = g_strdup(profile_box_get(planner->template->profile, i, PROFILE_BOX_HOSTNAME));
        (void)profile_box_map_parse(profile_box_get(planner->template->profile, i, PROFILE_BOX_MAP), &box->uid,
                                    &box->gid);
        box->capabilities = capabilities_of(planner, i);
        return give_subids(planner, i, keeper, box, error);
}

/* ---- All of them ---- */

/* The network of the host is the profile's to give, not the tree's. */
static gboolean check_network(Planner *planner, guint i, GError **error)
{
        const TemplateBox *box = box_at(planner, i);
        const Draft *draft = planner->drafts->pdata[i];

        if (planner->host_network || draft == NULL || draft->programs->len == 0 ||
            (box->kind != PLAN_BOX_COMPANIONS && box->kind != PLAN_BOX_APP))
                return TRUE;
        for (guint at = i; (box_at(planner, at)->unshare & PLAN_NS_NET) == 0; at = box_at(planner, at)->parent)
                if (at == 0)
                        return template_fail(planner->template, i, PROFILE_BOX_UNSHARE, error,
                                             _("it has the host's network, which [Network] mode= does not grant: add "
                                               "net here or to a box above"));
        return TRUE;
}

gboolean planner_boxes(Planner *planner, GError **error)
{
        for (guint i = 0; i < template_n_written(planner->template); i++) {
                const TemplateBox *box = box_at(planner, i);

                for (gsize r = 0; box->run[r] != NULL; r++)
                        if (!template_is_role(box->run[r]))
                                add_command(planner, i, r);
                if (!add_mounts(planner, i, error) || !check_network(planner, i, error))
                        return FALSE;
                if (profile_box_is_set(planner->template->profile, i, PROFILE_BOX_SUBIDS))
                        (void)planner_program(planner, "newuidmap");
        }
        return TRUE;
}
