/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "planner/draft.h"

#include <stdlib.h>
#include <string.h>

gboolean path_is_below(const char *path, const char *top)
{
        gsize n = strlen(top);

        return n == 1 || (strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

static void mount_clear(gpointer data)
{
        PlanMount *mount = data;

        g_free(mount->dest);
        g_free(mount->source);
        g_free(mount->source_root);
        g_free(mount->slot);
        g_free(mount->work);
        g_strfreev(mount->lowers);
        g_free(mount->content);
}

static void program_clear(gpointer data)
{
        PlanProgram *program = data;

        for (gsize i = 0; i < program->n_fds; i++)
                g_free(program->fds[i].slot);
        g_free(program->fds);
        g_free(program->after);
        g_free(program->limits);
        g_free(program->connect_ports);
        g_free(program->bind_ports);
        g_free(program->filter);
        g_strfreev(program->seccomp_allow);
        g_strfreev(program->seccomp_deny);
        g_free(program->name);
        g_free(program->cwd);
        g_free(program->home);
        g_free(program->ready_path);
        g_strfreev(program->argv);
        g_strfreev(program->envp);
}

Draft *draft_new(guint32 unshare)
{
        Draft *draft = g_new0(Draft, 1);

        draft->mounts = g_array_new(FALSE, TRUE, sizeof(PlanMount));
        draft->programs = g_array_new(FALSE, TRUE, sizeof(PlanProgram));
        g_array_set_clear_func(draft->mounts, mount_clear);
        g_array_set_clear_func(draft->programs, program_clear);
        draft->unshare = unshare;
        return draft;
}

void draft_free(Draft *draft)
{
        if (draft == NULL)
                return;
        g_array_unref(draft->mounts);
        g_array_unref(draft->programs);
        g_free(draft);
}

/* In which of three rounds a mount is done: what covers, then what protects what is there by then, then what makes
 * read-only what was filled. */
static guint round_of(const PlanMount *mount)
{
        if (mount->kind == PLAN_MOUNT_RO)
                return 2;
        return mount->kind == PLAN_MOUNT_MASK || (mount->flags & PLAN_MOUNT_PIN) != 0 ? 1 : 0;
}

static PlanMount *add(Draft *draft, PlanMountKind kind, const char *dest, const char *source, guint32 flags)
{
        PlanMount new = { .kind = kind, .flags = flags, .dest = g_strdup(dest), .source = g_strdup(source) };

        for (guint i = 0; i < draft->mounts->len; i++) {
                const PlanMount *old = &g_array_index(draft->mounts, PlanMount, i);

                if (round_of(old) == round_of(&new) && g_str_equal(old->dest, dest)) {
                        g_array_remove_index(draft->mounts, i);
                        break;
                }
        }
        g_array_append_val(draft->mounts, new);
        return &g_array_index(draft->mounts, PlanMount, draft->mounts->len - 1);
}

void draft_bind(Draft *draft, const char *source, const char *dest, guint32 flags)
{
        add(draft, PLAN_MOUNT_BIND, dest, source, flags);
}

void draft_bind_slot(Draft *draft, const char *slot, const char *dest, guint32 flags)
{
        add(draft, PLAN_MOUNT_BIND, dest, NULL, flags)->slot = g_strdup(slot);
}

void draft_bind_below(Draft *draft, const char *root, const char *source, const char *dest, guint32 flags)
{
        add(draft, PLAN_MOUNT_BIND, dest, source, flags | PLAN_MOUNT_CREATE)->source_root = g_strdup(root);
}

void draft_overlay(
        Draft *draft, const char *root, const char *source, const char *changes, const char *work, const char *dest)
{
        PlanMount *mount = add(draft, PLAN_MOUNT_OVERLAY, dest, changes, PLAN_MOUNT_RW | PLAN_MOUNT_CREATE);

        mount->source_root = g_strdup(root);
        mount->work = g_strdup(work);
        mount->lowers = g_strdupv((char *[]){ (char *)source, NULL });
}

void draft_overlay_apart(Draft *draft,
                         const char *root,
                         const char *source,
                         const char *changes,
                         const char *work,
                         const char *dest,
                         guint64 size)
{
        PlanMount *mount;

        draft_overlay(draft, root, source, changes, work, dest);
        mount = &g_array_index(draft->mounts, PlanMount, draft->mounts->len - 1);
        mount->flags |= PLAN_MOUNT_OPTIONAL;
        mount->size = size;
}

void draft_overlay_forgotten(Draft *draft, const char *source, const char *dest, guint64 size)
{
        PlanMount *mount = add(draft, PLAN_MOUNT_OVERLAY, dest, NULL, PLAN_MOUNT_RW);

        mount->size = size;
        mount->lowers = g_strdupv((char *[]){ (char *)source, NULL });
}

PlanMount *draft_tmpfs(Draft *draft, const char *dest, guint32 mode, guint64 size)
{
        PlanMount *mount = add(draft, PLAN_MOUNT_TMPFS, dest, NULL, 0);

        mount->mode = mode;
        mount->size = size;
        return mount;
}

void draft_shared(Draft *draft, const char *name, const char *dest, guint32 mode, guint64 size, guint32 flags)
{
        PlanMount *mount = add(draft, PLAN_MOUNT_SHARED, dest, name, flags);

        mount->mode = mode;
        mount->size = size;
}

void draft_plain(Draft *draft, PlanMountKind kind, const char *dest)
{
        add(draft, kind, dest, NULL, 0);
}

void draft_proc(Draft *draft, const char *dest, guint32 flags)
{
        add(draft, PLAN_MOUNT_PROC, dest, NULL, flags);
}

void draft_overlay_of(Draft *draft, const char *dest, const char *const *lowers, guint64 size, guint32 flags)
{
        PlanMount *mount = add(draft, PLAN_MOUNT_OVERLAY, dest, NULL, flags);

        mount->lowers = g_strdupv((char **)lowers);
        mount->size = (flags & PLAN_MOUNT_RW) != 0 ? size : 0;
}

void draft_dir(Draft *draft, const char *dest, guint32 mode)
{
        add(draft, PLAN_MOUNT_DIR, dest, NULL, 0)->mode = mode;
}

void draft_file(Draft *draft, const char *dest, const char *content, guint32 mode)
{
        PlanMount *mount = add(draft, PLAN_MOUNT_FILE, dest, NULL, 0);

        mount->content = g_strdup(content);
        mount->n_content = strlen(content);
        mount->mode = mode;
}

void draft_file_if_free(Draft *draft, const char *dest, const char *content, guint32 mode)
{
        /* What is granted there is no free place. */
        for (guint i = 0; i < draft->mounts->len; i++)
                if (g_str_equal(g_array_index(draft->mounts, PlanMount, i).dest, dest))
                        return;
        draft_file(draft, dest, content, mode);
        g_array_index(draft->mounts, PlanMount, draft->mounts->len - 1).flags |= PLAN_MOUNT_OPTIONAL;
}

void draft_file_slot(Draft *draft, const char *dest, const char *slot, guint32 mode)
{
        PlanMount *mount = add(draft, PLAN_MOUNT_FILE, dest, NULL, 0);

        mount->slot = g_strdup(slot);
        mount->mode = mode;
}

void draft_fuse(Draft *draft, const char *dest, const char *slot)
{
        add(draft, PLAN_MOUNT_FUSE, dest, NULL, 0)->slot = g_strdup(slot);
}

void draft_symlink(Draft *draft, const char *dest, const char *target)
{
        add(draft, PLAN_MOUNT_SYMLINK, dest, target, 0);
}

void draft_symlink_if_free(Draft *draft, const char *dest, const char *target)
{
        add(draft, PLAN_MOUNT_SYMLINK, dest, target, PLAN_MOUNT_OPTIONAL);
}

void draft_pin(Draft *draft, const char *dest, guint32 flags)
{
        add(draft, PLAN_MOUNT_BIND, dest, NULL, flags | PLAN_MOUNT_PIN);
}

void draft_add_all(Draft *draft, const Draft *from)
{
        for (guint i = 0; i < from->mounts->len; i++) {
                const PlanMount *mount = &g_array_index(from->mounts, PlanMount, i);
                PlanMount *copy = add(draft, mount->kind, mount->dest, mount->source, mount->flags);

                copy->source_root = g_strdup(mount->source_root);
                copy->lowers = g_strdupv(mount->lowers);
                copy->work = g_strdup(mount->work);
                copy->slot = g_strdup(mount->slot);
                copy->content = mount->content == NULL ? NULL : g_memdup2(mount->content, mount->n_content + 1);
                copy->n_content = mount->n_content;
                copy->mode = mount->mode;
                copy->size = mount->size;
        }
}

void draft_drop(Draft *draft, const char *path)
{
        for (guint i = draft->mounts->len; i > 0; i--)
                if (path_is_below(g_array_index(draft->mounts, PlanMount, i - 1).dest, path))
                        g_array_remove_index(draft->mounts, i - 1);
}

gboolean draft_shows(const Draft *draft, const char *path)
{
        for (guint i = 0; i < draft->mounts->len; i++) {
                const PlanMount *mount = &g_array_index(draft->mounts, PlanMount, i);

                if (round_of(mount) == 0 && strlen(mount->dest) > 1 && path_is_below(path, mount->dest))
                        return TRUE;
        }
        return FALSE;
}

PlanProgram *draft_program(Draft *draft, const char *name)
{
        PlanProgram program = { .name = g_strdup(name), .ready_fd = -1 };

        g_array_append_val(draft->programs, program);
        return &g_array_index(draft->programs, PlanProgram, draft->programs->len - 1);
}

/* Component by component, so that what lies below a path follows it. */
static int compare_paths(const char *a, const char *b)
{
        for (; *a == *b && *a != '\0'; a++, b++)
                ;
        if (*a == *b)
                return 0;
        if (*a == '\0' || *b == '\0')
                return *a == '\0' ? -1 : 1;
        if (*a == '/' || *b == '/')
                return *a == '/' ? -1 : 1;
        return (guchar)*a < (guchar)*b ? -1 : 1;
}

/* The last round inside out: "/" becomes read-only when all below it is done. */
static int compare_mounts(gconstpointer a, gconstpointer b)
{
        const PlanMount *first = a, *second = b;
        int order = compare_paths(first->dest, second->dest);

        if (round_of(first) != round_of(second))
                return round_of(first) < round_of(second) ? -1 : 1;
        return round_of(first) == 2 ? -order : order;
}

void draft_finish(Draft *draft, PlanBox *ret_box)
{
        g_array_sort(draft->mounts, compare_mounts);
        ret_box->n_mounts = draft->mounts->len;
        g_array_set_clear_func(draft->mounts, NULL);
        ret_box->mounts = (PlanMount *)(gpointer)g_array_free(draft->mounts, FALSE);
        draft->mounts = g_array_new(FALSE, TRUE, sizeof(PlanMount));
}
