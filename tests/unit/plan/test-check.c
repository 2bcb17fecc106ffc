/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every rule of plan_check(): a good plan passes, and each row breaks it in one way and expects that rule's sentence.
 */
#include <glib.h>
#include <string.h>

#include "plan/check-rule.h"
#include "plan/check.h"
#include "sample.h"

#define APP (&plan->programs[SAMPLE_THE_APP])
#define BOX(i) (&plan->boxes[SAMPLE_##i])
#define MOUNT(i, dest) sample_mount(plan, SAMPLE_##i, dest)
#define ADD(i, ...) sample_add(plan, SAMPLE_##i, (PlanMount){ __VA_ARGS__ })
#define TEXT(text) .dest = g_strdup(text)

static void drop_lowers(PlanMount *mount)
{
        g_strfreev(mount->lowers);
        mount->lowers = g_new0(char *, 1);
}

/* app → companions → app, the last of them the app's. */
static void nest_companions(Plan *plan)
{
        BOX(COMPANIONS)->kind = PLAN_BOX_APP;
        BOX(APP)->parent = SAMPLE_COMPANIONS;
        BOX(APP)->kind = PLAN_BOX_COMPANIONS;
}

/* As many pid namespaces, the keeper's and the inner box's among them, above and of the app. */
static void deepen(Plan *plan, size_t depth)
{
        PlanBox app = *BOX(APP), link = { .kind = PLAN_BOX_INNER, .unshare = PLAN_NS_MOUNT | PLAN_NS_PID };

        plan->boxes = g_renew(PlanBox, plan->boxes, SAMPLE_BOXES + depth - 3);
        for (size_t i = 0; i < depth - 3; i++) {
                link.name = g_strdup_printf("link-%zu", i);
                link.parent = i == 0 ? SAMPLE_INNER : (uint32_t)(SAMPLE_APP + i - 1);
                plan->boxes[SAMPLE_APP + i] = link;
        }
        app.parent = (uint32_t)(SAMPLE_APP + depth - 4);
        plan->boxes[SAMPLE_APP + depth - 3] = app;
        plan->n_boxes = SAMPLE_BOXES + depth - 3;
        APP->box = (uint32_t)(SAMPLE_APP + depth - 3);
}

static void give_ranges(Plan *plan, uint32_t inside, uint32_t outside, uint32_t count)
{
        PlanBox *keeper = BOX(KEEPER), *app = BOX(APP);

        keeper->uids[0] = (PlanRange){ 1, 100000, 1000 };
        app->uids = g_new0(PlanRange, 1);
        app->uids[0] = (PlanRange){ inside, outside, count };
        app->n_uids = 1;
}

/* A semi-trusted zone, in which a companion of the host and the app share what both have of it. */
static void share_with_semi(Plan *plan, PlanNamespace ns)
{
        plan->programs[SAMPLE_XEPHYR].box = SAMPLE_BUS;
        BOX(BUS)->parent = BOX(INNER)->parent = SAMPLE_X;
        BOX(BUS)->unshare &= ~(uint32_t)ns;
        BOX(INNER)->unshare &= ~(uint32_t)ns;
        BOX(APP)->unshare &= ~(uint32_t)ns;
}

static void await(Plan *plan, PlanReady ready, const char *path)
{
        plan->programs[SAMPLE_WM].ready = ready;
        plan->programs[SAMPLE_WM].ready_timeout_ms = 1000;
        sample_set(&plan->programs[SAMPLE_WM].ready_path, path);
}

/* What the boxes in the inner one show, but with one directory for /usr, or with no right to write. */
static void give_view(Plan *plan, const char *usr, int read_only)
{
        const char *const shown[] = { usr, "/dev/null" };

        ADD(INNER, .kind = PLAN_MOUNT_TMPFS, TEXT("/"), .mode = 0755, .size = 65536);
        for (gsize i = 0; i < G_N_ELEMENTS(shown); i++)
                ADD(INNER, .kind = PLAN_MOUNT_BIND, TEXT(shown[i]), .source = g_strdup(shown[i]));
        ADD(INNER, .kind = PLAN_MOUNT_BIND, TEXT("/srv"), .source = g_strdup("/srv"),
            .flags = read_only ? 0 : PLAN_MOUNT_RW);
        ADD(INNER, .kind = PLAN_MOUNT_RO, TEXT("/"));
}

static void add_overlay(Plan *plan, size_t box)
{
        char *lowers[] = { (char *)"/opt/a", NULL };

        sample_add(plan, box,
                   (PlanMount){ .kind = PLAN_MOUNT_OVERLAY,
                                .flags = PLAN_MOUNT_RW,
                                .dest = g_strdup("/opt"),
                                .source = g_strdup("/srv/changes/upper"),
                                .work = g_strdup("/srv/changes/work"),
                                .lowers = g_strdupv(lowers) });
}

static void mask_view(Plan *plan, const char *path)
{
        ADD(INNER, .kind = PLAN_MOUNT_MASK, TEXT(path));
}

/* Each macro row: a function that breaks plan, its name, the sentence expected. */
#define BREAKS                                                                                                         \
        ROW(id_short, sample_set(&plan->id, "0bad"), "8 hexadecimal digits")                                           \
        ROW(id_upper, sample_set(&plan->id, "0BADCAFE"), "8 hexadecimal digits")                                       \
        ROW(app_slash, sample_set(&plan->app, "../x"), "application id")                                               \
        ROW(app_none, sample_set(&plan->app, NULL), "application id")                                                  \
        ROW(no_programs, plan->n_programs = 0, "no boxes or programs")                                                 \
        ROW(many_boxes, plan->n_boxes = PLAN_MAX_BOXES + 1, "no boxes or programs")                                    \
        ROW(slot_twice, sample_set(&plan->optional_slots[0], "xauth-host"), "a slot's name")                           \
        ROW(slot_sign, sample_set(&plan->slots[0], "x/y"), "a slot's name")                                            \
        ROW(box_twice, sample_set(&BOX(APP)->name, "inner"), "its name is malformed")                                  \
        ROW(box_sign, sample_set(&BOX(APP)->name, "App"), "its name is malformed")                                     \
        ROW(box_later, BOX(INNER)->parent = SAMPLE_APP, "does not stand before it")                                    \
        ROW(box_kind, BOX(APP)->kind = _PLAN_BOX_MAX, "out of range")                                                  \
        ROW(box_uid, BOX(APP)->uid = UINT32_MAX, "out of range")                                                       \
        ROW(hostname_stray, sample_set(&BOX(APP)->hostname, "x"), "a host name belongs")                               \
        ROW(hostname_sign, sample_set(&BOX(INNER)->hostname, "a b"), "a host name belongs")                            \
        ROW(route_bare, sample_set(&BOX(INNER)->routes[0], "198.18.0.0"), "no network's address")                      \
        ROW(route_name, sample_set(&BOX(INNER)->routes[0], "lo/15"), "no network's address")                           \
        ROW(route_wide, sample_set(&BOX(INNER)->routes[0], "0.0.0.0/0"), "no network's address")                       \
        ROW(route_bits, sample_set(&BOX(INNER)->routes[0], "198.18.0.1/15"), "no network's address")                   \
        ROW(route_long, sample_set(&BOX(INNER)->routes[0], "198.18.0.0/33"), "no network's address")                   \
        ROW(listener_slot, sample_set(&BOX(INNER)->listeners[0].slot, "control"), "a listening socket's slot")         \
        ROW(listener_twice, sample_set(&BOX(INNER)->listeners[0].slot, "listen-443"), "a listening socket's slot")     \
        ROW(listener_address, sample_set(&BOX(INNER)->listeners[0].address, "::"), "a listening socket's slot")        \
        ROW(listener_port, BOX(INNER)->listeners[0].port = 0, "a listening socket's slot")                             \
        ROW(listener_birth, BOX(INNER)->listeners[0].kind = PLAN_LISTENER_BIRTH, "a listening socket's slot")          \
        ROW(listener_capture, BOX(INNER)->listeners[0].kind = PLAN_LISTENER_CAPTURE, "a listening socket's slot")      \
        ROW(listener_kind, BOX(INNER)->listeners[0].kind = _PLAN_LISTENER_MAX, "a listening socket's slot")            \
        ROW(listener_on_host, BOX(INNER)->unshare &= ~(uint32_t)PLAN_NS_NET, "without an untrusted network")           \
        ROW(listener_to_app, sample_set(&plan->programs[SAMPLE_BUS_PROXY].fds[0].slot, "listen-443");                  \
            plan->programs[SAMPLE_BUS_PROXY].box = SAMPLE_COMPANIONS, "a descriptor of a semi-trusted one")            \
        ROW(dest_relative, sample_set(&MOUNT(APP, "/usr")->dest, "usr"), "absolute and normal")                        \
        ROW(dest_dots, sample_set(&MOUNT(APP, "/usr")->dest, "/usr/../etc"), "absolute and normal")                    \
        ROW(dest_slash, sample_set(&MOUNT(APP, "/usr")->dest, "/usr/"), "absolute and normal")                         \
        ROW(dest_double, sample_set(&MOUNT(APP, "/usr")->dest, "//usr"), "absolute and normal")                        \
        ROW(source_none, sample_set(&MOUNT(APP, "/usr")->source, NULL), "a field that its kind has not")               \
        ROW(source_stray, sample_set(&MOUNT(APP, "/proc")->source, "/x"), "a field that its kind has not")             \
        ROW(flag_stray, MOUNT(APP, "/proc")->flags = PLAN_MOUNT_RW, "a field that its kind has not")                   \
        ROW(slot_and_content, sample_set(&MOUNT(APP, "/etc/passwd")->slot, "xauth-inner"),                             \
            "a field that its kind has not")                                                                           \
        ROW(mode_high, MOUNT(APP, "/tmp")->mode = 010000, "a field that its kind has not")                             \
        ROW(tmpfs_unlimited, MOUNT(APP, "/tmp")->size = 0, "its size is zero")                                         \
        ROW(source_beside, sample_set(&MOUNT(APP, "/home/anna/my notes")->source_root, "/srv/dat"),                    \
            "not beneath its root")                                                                                    \
        ROW(source_dots, sample_set(&MOUNT(APP, "/usr")->source, "/usr/.."), "not beneath its root")                   \
        ROW(shared_name, sample_set(&MOUNT(APP, "/run/oriel-bus")->source, "/x"), "not beneath its root")              \
        ROW(overlay_bare, drop_lowers(MOUNT(APP, "/srv/tree")), "its layers are malformed")                            \
        ROW(overlay_relative, sample_set(&MOUNT(APP, "/srv/tree")->lowers[1], "srv"), "its layers are malformed")      \
        ROW(overlay_no_work, sample_set(&MOUNT(APP, "/srv/tree")->work, NULL), "its layers are malformed")             \
        ROW(overlay_work_out, sample_set(&MOUNT(APP, "/srv/tree")->work, "/srv/dat"), "its layers are malformed")      \
        ROW(overlay_endless, MOUNT(APP, "/srv/scratch")->size = 0, "its layers are malformed")                         \
        ROW(overlay_both, MOUNT(APP, "/srv/tree")->size = 1, "its layers are malformed")                               \
        ROW(overlay_one_ro, (MOUNT(APP, "/srv/scratch")->flags = 0, MOUNT(APP, "/srv/scratch")->size = 0),             \
            "its layers are malformed")                                                                                \
        ROW(overlay_ro_upper, MOUNT(APP, "/srv/tree")->flags = 0, "its layers are malformed")                          \
        ROW(overlay_make, MOUNT(APP, "/srv/scratch")->flags |= PLAN_MOUNT_CREATE, "its layers are malformed")          \
        ROW(overlay_upper_out, sample_set(&MOUNT(APP, "/srv/tree")->source, "/srv/d"), "not beneath its root")         \
        ROW(layers_stray, sample_set(&MOUNT(APP, "/usr")->work, "/x"), "a field that its kind has not")                \
        ROW(rw_tmpfs, MOUNT(APP, "/tmp")->flags = PLAN_MOUNT_RW, "a field that its kind has not")                      \
        ROW(pids_of_bind, MOUNT(APP, "/usr")->flags = PLAN_MOUNT_PIDS_ONLY, "a field that its kind has not")           \
        ROW(pids_only, MOUNT(APP, "/proc")->flags = PLAN_MOUNT_PIDS_ONLY | PLAN_MOUNT_HIDE_PIDS, NULL)                 \
        ROW(slot_unknown, sample_set(&MOUNT(APP, "/run/oriel/xauth")->slot, "cookie"), "not among the plan's")         \
        ROW(program_twice, sample_set(&APP->name, "wm"), "its name is malformed")                                      \
        ROW(program_box, APP->box = SAMPLE_BOXES, "its box does not exist")                                            \
        ROW(program_word, APP->seccomp = _PLAN_SECCOMP_MAX, "out of range")                                            \
        ROW(no_argv, g_clear_pointer(&APP->argv, g_strfreev), "no command")                                            \
        ROW(empty_argv0, sample_set(&APP->argv[0], ""), "no command")                                                  \
        ROW(env_no_sign, sample_set(&APP->envp[0], "PATH"), "no NAME=value")                                           \
        ROW(env_sign, sample_set(&APP->envp[0], "BASH_FUNC_x%%=() { :; }"), "no NAME=value")                           \
        ROW(cwd_relative, sample_set(&APP->cwd, "."), "not absolute and normal")                                       \
        ROW(fd_stdio, plan->programs[SAMPLE_BUS_PROXY].fds[0].target = 2, "a wrong number")                            \
        ROW(fd_is_ready, plan->programs[SAMPLE_BUS_PROXY].fds[0].target = 3, "a wrong number")                         \
        ROW(fd_slot, sample_set(&plan->programs[SAMPLE_BUS_PROXY].fds[0].slot, "nothing"), "a wrong number")           \
        ROW(ready_no_fd, plan->programs[SAMPLE_XEPHYR].ready_fd = -1, "lacks a descriptor")                            \
        ROW(ready_no_time, plan->programs[SAMPLE_XEPHYR].ready_timeout_ms = 0, "lacks a descriptor")                   \
        ROW(ready_no_path, sample_set(&plan->programs[SAMPLE_WM].ready_path, NULL), "lacks a descriptor, a path")      \
        ROW(ready_path_stray, sample_set(&plan->programs[SAMPLE_XEPHYR].ready_path, "/x"),                             \
            "lacks a descriptor, a path")                                                                              \
        ROW(ready_path_dots, await(plan, PLAN_READY_FILE, "/x/../y"), "lacks a descriptor, a path")                    \
        ROW(ready_path_good, await(plan, PLAN_READY_FILE, "/x"), NULL)                                                 \
        ROW(after_itself, APP->after[0] = SAMPLE_THE_APP, "does not stand before it")                                  \
        ROW(limit_unknown, APP->limits[0].resource = 99, "a limit is unknown")                                         \
        ROW(filter_empty_call, APP->seccomp_allow[0][0] = 0, "its filter does not belong")                             \
        ROW(filter_none, g_clear_pointer(&APP->filter, g_free), "its filter does not belong")                          \
        ROW(filter_stray,                                                                                              \
            (plan->programs[SAMPLE_WM].filter = g_strdup("12345678"), plan->programs[SAMPLE_WM].n_filter = 8),         \
            "its filter does not belong")                                                                              \
        ROW(filter_cut, APP->n_filter = 7, "its filter does not belong")                                               \
        ROW(filter_call, sample_set(&APP->seccomp_deny[0], "a b"), "its filter does not belong")                       \
        ROW(port_zero, APP->connect_ports[0] = 0, "a port is out of range")                                            \
        ROW(port_unhandled, APP->landlock = PLAN_LANDLOCK_ABSTRACT, "a port is out of range")                          \
        ROW(guard_path, sample_set(&plan->guards[0].path, "x"), "a guard's path")                                      \
        ROW(guard_state, sample_set(&plan->guards[0].state, "/a/../b"), "a guard's path")                              \
        ROW(guard_class, plan->guards[0].classes[0][0] = 0, "a guard's path")                                          \
        ROW(budget_large, plan->budget.memory = UINT64_MAX, "its budget is out of range")                              \
        ROW(files_nested, APP->landlock |= PLAN_LANDLOCK_FILES, "mounts of its own")                                   \
        ROW(second_keeper, BOX(INNER)->kind = PLAN_BOX_KEEPER, "the first box is the keeper's")                        \
        ROW(keeper_shares, BOX(KEEPER)->unshare = PLAN_NS_USER | PLAN_NS_MOUNT, "the keeper's box lacks")              \
        ROW(app_in_semi, BOX(APP)->parent = SAMPLE_BUS, "may not stand in its parent")                                 \
        ROW(inner_in_semi, BOX(INNER)->parent = SAMPLE_BUS, "may not stand in its parent")                             \
        ROW(inner_in_companions, BOX(APP)->parent = SAMPLE_COMPANIONS;                                                 \
            BOX(APP)->kind = PLAN_BOX_INNER, "may not stand in its parent")                                            \
        ROW(companions_in_app, nest_companions(plan), "may not stand in its parent")                                   \
        ROW(too_deep, deepen(plan, PLAN_MAX_DEPTH + 1), "deeper than the kernel nests")                                \
        ROW(deep, deepen(plan, PLAN_MAX_DEPTH), NULL)                                                                  \
        ROW(app_in_companions, BOX(APP)->parent = SAMPLE_COMPANIONS, "shows more of the host than the box above")      \
        ROW(app_keeps, BOX(APP)->capabilities = 1, "only a companion's box")                                           \
        ROW(inner_keeps, BOX(INNER)->capabilities = 1, "only a companion's box")                                       \
        ROW(parent_keeps, (BOX(COMPANIONS)->capabilities = 1, BOX(APP)->parent = SAMPLE_COMPANIONS),                   \
            "only a companion's box")                                                                                  \
        ROW(companion_keeps, BOX(COMPANIONS)->capabilities = 1 << 7, NULL)                                             \
        ROW(keeps_admin, BOX(COMPANIONS)->capabilities = UINT64_C(1) << 21, "a capability that no box may keep")       \
        ROW(ranges, give_ranges(plan, 1, 1, 999), NULL)                                                                \
        ROW(range_of_own, give_ranges(plan, 1000, 1, 1), "a range of ids")                                             \
        ROW(range_foreign, give_ranges(plan, 1, 500, 900), "a range of ids")                                           \
        ROW(range_of_root, give_ranges(plan, 1, 0, 1), "a range of ids")                                               \
        ROW(range_empty, give_ranges(plan, 1, 1, 0), "a range of ids")                                                 \
        ROW(range_wraps, give_ranges(plan, UINT32_MAX, 1, 2), "a range of ids")                                        \
        ROW(pid_alone, BOX(INNER)->unshare &= ~(uint32_t)PLAN_NS_MOUNT, "needs a mount namespace")                     \
        ROW(inner_runs, APP->box = SAMPLE_INNER, "a keeper's or inner box runs no program")                            \
        ROW(app_user, BOX(APP)->unshare &= ~(uint32_t)PLAN_NS_USER, "its programs lack a user")                        \
        ROW(semi_pid, BOX(X)->unshare &= ~(uint32_t)PLAN_NS_PID, "its programs lack a user")                           \
        ROW(app_pid, BOX(APP)->unshare &= ~(uint32_t)PLAN_NS_PID, NULL)                                                \
        ROW(app_root, BOX(APP)->unshare &= ~(uint32_t)(PLAN_NS_PID | PLAN_NS_MOUNT), "it has mounts without")          \
        ROW(semi_in_app_pid, share_with_semi(plan, PLAN_NS_PID), "shares a namespace with another box")                \
        ROW(semi_in_app_net, share_with_semi(plan, PLAN_NS_NET), "shares a namespace with another box")                \
        ROW(root_second, sample_set(&BOX(APP)->mounts[0].dest, "/x"), "its first mount is not its root")               \
        ROW(two_in_semi, plan->programs[SAMPLE_XEPHYR].box = SAMPLE_BUS, "more than one program")                      \
        ROW(host_x_in_app, sample_set(&MOUNT(APP, "/usr")->source, "/tmp/.X11-unix/X0"), "shows the host's display")   \
        ROW(abstract_open, (BOX(INNER)->unshare &= ~(uint32_t)PLAN_NS_NET, APP->landlock = PLAN_LANDLOCK_CONNECT),     \
            "the host's abstract sockets")                                                                             \
        ROW(abstract_wm, BOX(INNER)->unshare &= ~(uint32_t)PLAN_NS_NET, "the host's abstract sockets")                 \
        ROW(host_ipc, BOX(INNER)->unshare &= ~(uint32_t)PLAN_NS_IPC, "the host's IPC")                                 \
        ROW(host_uts, (BOX(INNER)->unshare &= ~(uint32_t)PLAN_NS_UTS, sample_set(&BOX(INNER)->hostname, NULL)),        \
            "shows the host's name")                                                                                   \
        ROW(semi_net, (BOX(BUS)->unshare &= ~(uint32_t)PLAN_NS_NET, BOX(KEEPER)->unshare |= PLAN_NS_NET),              \
            "shares a namespace with another box")                                                                     \
        ROW(root_twice, ADD(APP, .kind = PLAN_MOUNT_TMPFS, TEXT("/"), .size = 1), "mounted twice")                     \
        ROW(covers_below, ADD(APP, .kind = PLAN_MOUNT_TMPFS, TEXT("/home"), .size = 1), "covers an earlier one")       \
        ROW(covers_dir, ADD(APP, .kind = PLAN_MOUNT_TMPFS, TEXT("/home/anna"), .size = 1), "covers an earlier one")    \
        ROW(covers_same, ADD(APP, .kind = PLAN_MOUNT_TMPFS, TEXT("/tmp/.X11-unix"), .size = 1),                        \
            "covers an earlier one")                                                                                   \
        ROW(create_loose, sample_set(&MOUNT(APP, "/home/anna/my notes")->source_root, NULL), "only below a root")      \
        ROW(bind_root, sample_set(&MOUNT(APP, "/usr")->source, "/"), "no box sees as a whole")                         \
        ROW(bind_run, sample_set(&MOUNT(APP, "/usr")->source, "/run"), "no box sees as a whole")                       \
        ROW(bind_runtime, sample_set(&MOUNT(APP, "/usr")->source, "/run/user/1000"), "no box sees as a whole")         \
        ROW(bind_x_dir, sample_set(&MOUNT(X, "/usr")->source, "/tmp/.X11-unix"), "no box sees as a whole")             \
        ROW(lower_run, sample_set(&MOUNT(APP, "/srv/tree")->lowers[0], "/run"), "no box sees as a whole")              \
        ROW(upper_runtime, sample_set(&MOUNT(APP, "/srv/tree")->lowers[1], "/run/user/7"), "no box sees as a whole")   \
        ROW(lower_proc, sample_set(&MOUNT(APP, "/srv/tree")->lowers[1], "/proc/1/root"), "the host's /proc")           \
        ROW(lower_tmp, sample_set(&MOUNT(APP, "/srv/tree")->lowers[0], "/tmp"), "X servers' sockets")                  \
        ROW(lower_x, sample_set(&MOUNT(APP, "/srv/tree")->lowers[0], "/tmp/.X11-unix/X0"), "shows the host's display") \
        ROW(bind_proc, sample_set(&MOUNT(APP, "/usr")->source, "/proc/1/root"), "the host's /proc")                    \
        ROW(bind_tmp, sample_set(&MOUNT(APP, "/usr")->source, "/tmp"), "X servers' sockets")                           \
        ROW(host_socket, sample_set(&MOUNT(APP, "/usr")->dest, "/run/oriel-host/session"), "only a semi-trusted one")  \
        ROW(host_cookie, sample_set(&MOUNT(APP, "/run/oriel/xauth")->slot, "xauth-host"), "only a semi-trusted one")   \
        ROW(semi_writes, MOUNT(BUS, "/usr")->flags = PLAN_MOUNT_RW, "writes to the host's files")                      \
        ROW(semi_changes,                                                                                              \
            ADD(BUS, .kind = PLAN_MOUNT_OVERLAY, TEXT("/o"), .flags = PLAN_MOUNT_RW, .source = g_strdup("/a"),         \
                .work = g_strdup("/b"), .lowers = g_strdupv((char *[]){ (char *)"/c", NULL })),                        \
            "writes to the host's files")                                                                              \
        ROW(app_writes_shared,                                                                                         \
            (MOUNT(APP, "/run/oriel-bus")->flags = PLAN_MOUNT_RW, MOUNT(BUS, "/run/oriel-bus")->flags = 0),            \
            "a less trusted box writes what it shows")                                                                 \
        ROW(app_writes_below, sample_set(&MOUNT(BUS, "/usr")->source, "/srv/data"), "a less trusted box writes")       \
        ROW(app_writes_above, sample_set(&MOUNT(BUS, "/usr")->source, "/srv/data/notes/a"),                            \
            "a less trusted box writes what it shows")                                                                 \
        ROW(app_masks_it, sample_set(&MOUNT(BUS, "/usr")->source, "/srv/data/notes/hidden"), NULL)                     \
        ROW(companion_service, sample_set(&MOUNT(COMPANIONS, "/usr")->source, "/run/user/1000/pulse"),                 \
            "a companion of the app sees where")                                                                       \
        ROW(zone_as_wide, give_view(plan, "/usr", 0), NULL)                                                            \
        ROW(zone_narrow, give_view(plan, "/opt", 0), "shows more of the host than the box above")                      \
        ROW(zone_masks, (give_view(plan, "/usr", 0), mask_view(plan, "/usr/share/doc")),                               \
            "shows more of the host than the box above")                                                               \
        ROW(zone_masks_both,                                                                                           \
            (give_view(plan, "/usr", 0), mask_view(plan, "/usr/share/doc"),                                            \
             ADD(APP, .kind = PLAN_MOUNT_MASK, TEXT("/usr/share/doc")),                                                \
             ADD(COMPANIONS, .kind = PLAN_MOUNT_MASK, TEXT("/usr/share/doc"))),                                        \
            NULL)                                                                                                      \
        ROW(zone_masks_whole,                                                                                          \
            (give_view(plan, "/usr", 0), ADD(APP, .kind = PLAN_MOUNT_BIND, TEXT("/opt"), .source = g_strdup("/opt")),  \
             ADD(APP, .kind = PLAN_MOUNT_MASK, TEXT("/opt"))),                                                         \
            NULL)                                                                                                      \
        ROW(zone_read_only, give_view(plan, "/usr", 1), "shows more of the host than the box above")                   \
        ROW(upper_twice, (add_overlay(plan, SAMPLE_APP), add_overlay(plan, SAMPLE_COMPANIONS)),                        \
            "two overlays keep their changes in one directory")                                                        \
        ROW(zone_no_overlay, (give_view(plan, "/usr", 0), add_overlay(plan, SAMPLE_APP)),                              \
            "shows more of the host than the box above")                                                               \
        ROW(two_writers, MOUNT(APP, "/tmp/.X11-unix")->flags = PLAN_MOUNT_RW, "boxes that share it differ")            \
        ROW(two_sizes, MOUNT(APP, "/tmp/.X11-unix")->size = 1, "boxes that share it differ")                           \
        ROW(host_mqueue, BOX(INNER)->unshare &= ~(uint32_t)PLAN_NS_IPC, "message queues only")                         \
        ROW(ro_of_nothing, ADD(APP, .kind = PLAN_MOUNT_RO, TEXT("/var")), "nothing is mounted there")                  \
        ROW(fuse_name, sample_set(&MOUNT(APP, "/run/image")->slot, "image"), "not among the plan's")                   \
        ROW(fuse_twice, ADD(BUS, .kind = PLAN_MOUNT_FUSE, TEXT("/i"), .slot = g_strdup("fuse-image")),                 \
            "not among the plan's")                                                                                    \
        ROW(fuse_bare, sample_set(&MOUNT(APP, "/run/image")->slot, NULL), "a field that its kind has not")             \
        ROW(fuse_rw, MOUNT(APP, "/run/image")->flags = PLAN_MOUNT_RW, "a field that its kind has not")                 \
        ROW(fuse_unserved, ADD(APP, .kind = PLAN_MOUNT_FUSE, TEXT("/i"), .slot = g_strdup("fuse-two")),                \
            "not exactly one program serves it")                                                                       \
        ROW(fuse_by_app, plan->programs[SAMPLE_BUS_PROXY].box = SAMPLE_COMPANIONS,                                     \
            "a descriptor of a semi-trusted one")                                                                      \
        ROW(ro_of_submount, ADD(APP, .kind = PLAN_MOUNT_RO, TEXT("/usr/local")), NULL)                                 \
        ROW(chmod_host, ADD(APP, .kind = PLAN_MOUNT_CHMOD, TEXT("/usr/x")), "may be the host's")                       \
        ROW(chmod_overlay, ADD(APP, .kind = PLAN_MOUNT_CHMOD, TEXT("/srv/tree/x")), "may be the host's")               \
        ROW(proc_masked, APP->seccomp = PLAN_SECCOMP_STRICT;                                                           \
            ADD(APP, .kind = PLAN_MOUNT_MASK, TEXT("/proc/keys")), NULL)                                               \
        ROW(proc_masked_nested, ADD(APP, .kind = PLAN_MOUNT_MASK, TEXT("/proc/keys")),                                 \
            "a part of /proc where a program may nest")                                                                \
        ROW(proc_ro_nested, ADD(APP, .kind = PLAN_MOUNT_RO, TEXT("/proc")),                                            \
            "a part of /proc where a program may nest")                                                                \
        ROW(nested_elsewhere,                                                                                          \
            (APP->seccomp = PLAN_SECCOMP_NESTED, ADD(BUS, .kind = PLAN_MOUNT_MASK, TEXT("/proc/x"))), NULL)            \
        ROW(root_said_rw, (sample_set(&MOUNT(APP, "/")->dest, "/usr"), BOX(APP)->mounts[0].flags = PLAN_MOUNT_RW),     \
            NULL)                                                                                                      \
        ROW(root_left_rw, sample_set(&MOUNT(APP, "/")->dest, "/usr"), "its root stays writable")                       \
        ROW(two_apps, plan->programs[SAMPLE_WM].app = true, "exactly one program is the app")                          \
        ROW(no_app, APP->app = false, "exactly one program is the app")                                                \
        ROW(app_elsewhere, APP->box = SAMPLE_COMPANIONS, "the app runs in an app's box")                               \
        ROW(app_ignored, APP->death = PLAN_DEATH_IGNORE, "the app runs in an app's box")                               \
        ROW(wm_beside_app, plan->programs[SAMPLE_WM].box = SAMPLE_APP, "beside the app")                               \
        ROW(wm_on_stdio, plan->programs[SAMPLE_WM].stdio = PLAN_STDIO_CALLER, "the caller's input")                    \
        ROW(mediator_in_app,                                                                                           \
            (APP->fds = g_new0(PlanFd, 1), APP->n_fds = 1, APP->fds[0] = (PlanFd){ g_strdup("mediator-bus"), 5 }),     \
            "a descriptor of a semi-trusted one")                                                                      \
        ROW(bridge_in_app, sample_set(&plan->slots[2], "xlink-daemon");                                                \
            sample_set(&plan->programs[SAMPLE_BUS_PROXY].fds[0].slot, "xlink-daemon");                                 \
            (APP->fds = g_new0(PlanFd, 1), APP->n_fds = 1, APP->fds[0] = (PlanFd){ g_strdup("xlink-daemon"), 5 }),     \
            "a descriptor of a semi-trusted one")                                                                      \
        ROW(way_in_app, sample_set(&plan->slots[2], "wayland-listen");                                                 \
            sample_set(&plan->programs[SAMPLE_BUS_PROXY].fds[0].slot, "wayland-listen");                               \
            (APP->fds = g_new0(PlanFd, 1), APP->n_fds = 1, APP->fds[0] = (PlanFd){ g_strdup("wayland-listen"), 5 }),   \
            "a descriptor of a semi-trusted one")                                                                      \
        ROW(learn_alone, plan->programs[SAMPLE_THE_APP].learn_fd = 9, "it learns without its channel")                 \
        ROW(launcher_fd, sample_set(&plan->programs[SAMPLE_BUS_PROXY].fds[0].slot, "log"), "the launcher's own")

#define ROW(name, how, sentence)                                                                                       \
        static void break_##name(Plan *plan)                                                                           \
        {                                                                                                              \
                how;                                                                                                   \
        }
BREAKS
#undef ROW

static const struct Row {
        const char *path;
        void (*how)(Plan *plan);
        const char *sentence; /* NULL: still a good plan */
} rows[] = {
#define ROW(name, how, sentence) { "/check/" #name, break_##name, sentence },
        BREAKS
#undef ROW
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(plan_freep) Plan *plan = sample_plan();
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;
        bool good;

        row->how(plan);
        good = plan_check(plan, &why);
        /* Counts that a row raised must not lead plan_free() astray. */
        if (plan->n_boxes > PLAN_MAX_BOXES)
                plan->n_boxes = SAMPLE_BOXES;
        plan->n_programs = SAMPLE_PROGRAMS;
        g_assert_true(good == (row->sentence == NULL));
        if (row->sentence != NULL) {
                g_test_message("%s", buffer_text(&why));
                g_assert_nonnull(strstr(buffer_text(&why), row->sentence));
        }
}

static void test_good(void)
{
        CLEANUP(plan_freep) Plan *plan = sample_plan();
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;

        plan_check(plan, &why);
        g_assert_cmpstr(buffer_text(&why), ==, "");
        g_assert_true(plan_check(plan, NULL));
}

/* Each rule is met by some row: a rule without one could be gone unseen. */
static void test_every_rule(void)
{
        const struct {
                const PlanRule *rules;
                size_t n;
        } tables[] = { { plan_shape_rules, plan_n_shape_rules },
                       { plan_box_rules, plan_n_box_rules },
                       { plan_mount_rules, plan_n_mount_rules },
                       { plan_program_rules, plan_n_program_rules } };

        for (size_t t = 0; t < G_N_ELEMENTS(tables); t++)
                for (size_t r = 0; r < tables[t].n; r++) {
                        gboolean met = FALSE;

                        for (size_t i = 0; i < G_N_ELEMENTS(rows) && !met; i++)
                                met = rows[i].sentence != NULL &&
                                      strstr(tables[t].rules[r].sentence, rows[i].sentence) != NULL;
                        if (!met)
                                g_test_message("no row for: %s", tables[t].rules[r].sentence);
                        g_assert_true(met);
                }
}

static void test_paths(void)
{
        g_assert_true(plan_path_is_normal("/"));
        g_assert_true(plan_path_is_normal("/a/..b/.c"));
        g_assert_false(plan_path_is_normal(""));
        g_assert_false(plan_path_is_normal("/a/."));
        g_assert_true(plan_path_is_below("/a/b", "/a"));
        g_assert_true(plan_path_is_below("/a", "/a"));
        g_assert_true(plan_path_is_below("/a", "/"));
        g_assert_false(plan_path_is_below("/ab", "/a"));
        g_assert_false(plan_path_is_below("/", "/a"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/check/good", test_good);
        g_test_add_func("/check/every-rule", test_every_rule);
        g_test_add_func("/check/paths", test_paths);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
