/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks of `oriel doctor`: what was found (doctor-facts.h), judged.  Pure. */

#include "cli/doctor-check.h"

#include <errno.h>

#include "base/i18n.h"

enum {
        FEW_INOTIFY_INSTANCES = 256, /* a desktop's own programs take some eighty; a box gets half of them all */
        FEW_INOTIFY_WATCHES = 65536,
        LANDLOCK_FILES = 2,
        LANDLOCK_SCOPES = 6,
};

static const char *const state_words[] = {
        [DOCTOR_THERE] = "there",
        [DOCTOR_PARTLY] = "partly",
        [DOCTOR_MISSING] = "missing",
};
_Static_assert(G_N_ELEMENTS(state_words) == _DOCTOR_STATE_MAX, "a word is missing");

const char *doctor_state_word(DoctorState state)
{
        return state_words[state];
}

static DoctorFinding finding(bool there, char *found)
{
        return (DoctorFinding){ .state = there ? DOCTOR_THERE : DOCTOR_MISSING, .found = found };
}

/* Of a trial: where it failed, the kernel's own word. */
static DoctorFinding by_error(int error)
{
        return finding(error == 0, error != 0 ? g_strdup(g_strerror(error)) : NULL);
}

static DoctorFinding by_text(const char *text)
{
        return finding(text != NULL, g_strdup(text));
}

static DoctorFinding check_user_namespaces(const DoctorFacts *facts)
{
        DoctorFinding found = by_error(facts->user_namespaces);

        if (facts->user_namespaces == 0)
                return found;
        if (facts->filtered)
                found.mend =
                        N_("in a box of Oriel's: oriel run --nested=yes, outside; in a container: its seccomp profile");
        else if (facts->userns_clone == 0)
                found.mend = N_("sudo sysctl -w kernel.unprivileged_userns_clone=1");
        else if (facts->max_user_namespaces == 0)
                found.mend = N_("sudo sysctl -w user.max_user_namespaces=15000");
        else if (facts->apparmor_userns > 0)
                found.mend = N_("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
        return found;
}

static DoctorFinding check_apparmor(const DoctorFacts *facts)
{
        return finding(facts->apparmor_userns <= 0,
                       facts->apparmor_userns > 0 ? g_strdup("kernel.apparmor_restrict_unprivileged_userns=1") : NULL);
}

static DoctorFinding check_kernel(const DoctorFacts *facts)
{
        return finding(facts->kernel_major > 6 || (facts->kernel_major == 6 && facts->kernel_minor >= 1),
                       g_strdup(facts->kernel));
}

/* Without user namespaces it is not the host's /proc that is wrong. */
static DoctorFinding check_proc(const DoctorFacts *facts)
{
        return by_error(facts->proc);
}

static DoctorFinding check_mounts(const DoctorFacts *facts)
{
        DoctorFinding found = by_error(facts->mounts);

        if (facts->mounts == EAGAIN) {
                g_free(found.found);
                found.found = g_strdup("no move_mount onto a detached tree");
                found.state = DOCTOR_PARTLY;
        }
        return found;
}

/* Both save calls, and nothing needs them. */
static DoctorFinding check_newer_mounts(const DoctorFacts *facts)
{
        DoctorFinding found = finding(facts->open_tree_attr == 0, NULL);

        found.found =
                g_strdup_printf("open_tree_attr %s, OPEN_TREE_NAMESPACE %s", facts->open_tree_attr == 0 ? "yes" : "no",
                                facts->open_tree_namespace == 0 ? "yes" : "no");
        if ((facts->open_tree_attr == 0) != (facts->open_tree_namespace == 0))
                found.state = DOCTOR_PARTLY;
        return found;
}

static DoctorFinding check_overlay(const DoctorFacts *facts)
{
        return by_error(facts->overlay);
}

static DoctorFinding check_landlock(const DoctorFacts *facts)
{
        DoctorFinding found = finding(facts->landlock_abi >= LANDLOCK_SCOPES,
                                      facts->landlock_abi < 0 ? g_strdup("not switched on")
                                                              : g_strdup_printf("ABI %d", facts->landlock_abi));

        if (facts->landlock_abi < 0)
                found.mend = N_("add landlock to lsm= of the kernel's command line, and start the machine anew");
        if (facts->landlock_abi > 0 && facts->landlock_abi < LANDLOCK_SCOPES)
                found.state = DOCTOR_PARTLY;
        return found;
}

static DoctorFinding check_landlock_files(const DoctorFacts *facts)
{
        return finding(facts->landlock_abi >= LANDLOCK_FILES, NULL);
}

static DoctorFinding check_seccomp_notify(const DoctorFacts *facts)
{
        return by_error(facts->seccomp_notify);
}

static DoctorFinding check_mdwe(const DoctorFacts *facts)
{
        return by_error(facts->mdwe);
}

static DoctorFinding check_inotify(const DoctorFacts *facts)
{
        DoctorFinding found = finding(
                true, g_strdup_printf("%ld instances, %ld watches", facts->inotify_instances, facts->inotify_watches));

        if (facts->inotify_instances < FEW_INOTIFY_INSTANCES || facts->inotify_watches < FEW_INOTIFY_WATCHES)
                found.state = facts->inotify_instances < 0 ? DOCTOR_MISSING : DOCTOR_PARTLY;
        return found;
}

static DoctorFinding check_subids(const DoctorFacts *facts)
{
        bool ranges = facts->subuid != NULL && facts->subgid != NULL;
        bool programs = facts->newuidmap != NULL && facts->newgidmap != NULL;
        DoctorFinding found = finding(ranges && programs, g_strdup(facts->subuid));

        if (!programs)
                found.mend = N_("sudo apt-get install uidmap");
        if (ranges != programs)
                found.state = DOCTOR_PARTLY;
        return found;
}

/* A subtree, or whoever makes scopes: one of the two holds limits of all processes together. */
static DoctorFinding check_cgroup(const DoctorFacts *facts)
{
        DoctorFinding found = finding(facts->cgroup == 0, g_strdup(facts->cgroup_path));

        if (facts->cgroup == 0)
                return found;
        g_clear_pointer(&found.found, g_free);
        if (facts->systemd_socket != NULL) {
                found.state = DOCTOR_THERE;
                found.found = g_strdup_printf("scopes, by %s", facts->systemd_socket);
        } else if (!facts->cgroup2) {
                found.found = g_strdup("no hierarchy of version 2 is mounted");
                found.mend = N_(
                        "systemd.unified_cgroup_hierarchy=1 on the kernel's command line, and start the machine anew");
        } else if (facts->cgroup == EOPNOTSUPP) {
                found.found = g_strdup("without the controllers memory, cpu and pids");
                found.mend =
                        N_("systemd.unified_cgroup_hierarchy=1 on the kernel's command line; in a container: hand its "
                           "group on with its controllers");
        } else {
                found.found = g_strdup(facts->cgroup_path);
        }
        return found;
}

static DoctorFinding check_systemd(const DoctorFacts *facts)
{
        return by_text(facts->systemd_socket);
}

/* Unpacking needs no right; mounting is faster, and takes no memory. */
static DoctorFinding check_images(const DoctorFacts *facts)
{
        DoctorFinding found = by_text(facts->unsquashfs != NULL ? facts->unsquashfs : facts->squashfuse);

        if (found.state == DOCTOR_THERE && (facts->unsquashfs == NULL || facts->squashfuse == NULL))
                found.state = DOCTOR_PARTLY;
        return found;
}

static DoctorFinding check_fuse(const DoctorFacts *facts)
{
        DoctorFinding found =
                finding(facts->fuse == 0, g_strdup(facts->fuse == 0 ? "/dev/fuse" : g_strerror(facts->fuse)));

        if (facts->fuse == EACCES || facts->fuse == EPERM)
                found.mend = N_("sudo chmod 666 /dev/fuse");
        return found;
}

static DoctorFinding check_gpu(const DoctorFacts *facts)
{
        return finding(facts->gpu, g_strdup("/dev/dri"));
}

static DoctorFinding check_programs(const DoctorFacts *facts)
{
        bool whole = facts->prefix != NULL && facts->missing_program == NULL;

        return finding(whole, g_strdup(facts->missing_program != NULL ? facts->missing_program : facts->prefix));
}

static DoctorFinding check_runtime_dir(const DoctorFacts *facts)
{
        DoctorFinding found = finding(facts->oriel_runtime_usable,
                                      g_strdup(facts->runtime_dir != NULL ? facts->runtime_dir : facts->oriel_runtime));

        if (facts->oriel_runtime_usable && facts->runtime_dir == NULL)
                found.state = DOCTOR_PARTLY;
        return found;
}

static DoctorFinding check_plans(const DoctorFacts *facts)
{
        return finding(facts->plans_usable, g_strdup(facts->plans));
}

/* And what mode=auto makes of it (planner/display.c). */
static DoctorFinding check_display(const DoctorFacts *facts)
{
        const char *mode = facts->xvfb != NULL && facts->bridge != NULL ? "seamless"
                           : facts->xephyr != NULL                      ? "xephyr"
                                                                        : "none";

        if (facts->display == NULL)
                return by_text(NULL);
        if (facts->wayland != NULL && facts->wayland_refusal == NULL)
                return finding(true, g_strdup_printf("%s, mode=auto gives wayland to who asks for it, else %s",
                                                     facts->display, mode));
        if (facts->wayland_refusal != NULL)
                return finding(true, g_strdup_printf("%s, without Wayland mode=auto gives %s", facts->display, mode));
        return finding(true, g_strdup_printf("%s, mode=auto gives %s", facts->display, mode));
}

static DoctorFinding check_wayland(const DoctorFacts *facts)
{
        if (facts->wayland == NULL)
                return finding(true, g_strdup(_("this is no Wayland session")));
        return finding(facts->wayland_refusal == NULL,
                       g_strdup(facts->wayland_refusal != NULL ? facts->wayland_refusal : facts->wayland));
}

static DoctorFinding check_seamless(const DoctorFacts *facts)
{
        DoctorFinding found = finding(facts->xvfb != NULL && facts->bridge != NULL,
                                      g_strdup(facts->bridge != NULL ? facts->xvfb : facts->bridge));

        if (facts->bridge == NULL)
                found.mend = N_("Oriel built with libxcb and its extensions");
        return found;
}

static DoctorFinding check_xpra(const DoctorFacts *facts)
{
        return by_text(facts->xpra);
}

static DoctorFinding check_panel(const DoctorFacts *facts)
{
        return by_text(facts->panel);
}

static DoctorFinding check_xephyr(const DoctorFacts *facts)
{
        return by_text(facts->xephyr);
}

static DoctorFinding check_window_manager(const DoctorFacts *facts)
{
        return by_text(facts->window_manager);
}

static DoctorFinding check_session_bus(const DoctorFacts *facts)
{
        return by_text(facts->session_bus);
}

const DoctorCheck doctor_checks[] = {
        { "user-namespaces", N_("user namespaces"), check_user_namespaces, true, true, N_("no box can be made"),
          N_("ask the administrator of this host (in a container: its seccomp profile)") },
        { "apparmor", N_("no AppArmor restriction"), check_apparmor, false, false,
          N_("a new user namespace has no capabilities"),
          N_("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0") },
        { "kernel", N_("Linux 6.1 or newer"), check_kernel, true, true, N_("nothing below it was ever tried"),
          N_("a newer kernel from the distribution") },
        { "proc", N_("a /proc of a box's own"), check_proc, true, true,
          N_("no box can be made: its processes would have no /proc"),
          N_("in a container: run it with /proc unmasked (podman, docker: --security-opt unmask=ALL or "
             "systempaths=unconfined)") },
        { "mounts", N_("mounts by descriptor"), check_mounts, false, true,
          N_("boxes are put together in a slower way; before Linux 5.12 not at all"), N_("Linux 6.15 or newer") },
        { "newer-mounts", N_("mount calls that save others"), check_newer_mounts, false, false,
          N_("nothing but a few calls a launch"), N_("nothing to do; Linux 6.15 and newer have them") },
        { "overlay", N_("overlays"), check_overlay, false, true,
          N_("no [Files] overlay, no workspace whose changes are kept apart"), N_("sudo modprobe overlay") },
        { "landlock", N_("Landlock scopes (ABI 6)"), check_landlock, false, true,
          N_("an isolated display and the host's network exclude each other"), N_("Linux 6.12 or newer") },
        { "landlock-files", N_("Landlock for files (ABI 2)"), check_landlock_files, false, true,
          N_("what mounts grant is not said to the kernel a second time"),
          N_("Linux 5.19 or newer, with Landlock on") },
        { "seccomp-notify", N_("questions about system calls (seccomp notify)"), check_seccomp_notify, false, true,
          N_("no system call can be answered from outside"), N_("Linux 5.0 or newer") },
        { "mdwe", N_("memory that is never made executable (mdwe)"), check_mdwe, false, true,
          N_("[Seccomp] mdwe=yes is refused"), N_("Linux 6.3 or newer") },
        { "inotify", N_("enough inotify instances and watches"), check_inotify, false, true,
          N_("programs that watch many files are refused it; a box gets half of this user's"),
          N_("sudo sysctl -w fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288") },
        { "subids", N_("ranges of subordinate ids"), check_subids, false, true,
          N_("a box has one user and one group; what other users own inside cannot be written"),
          N_("sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \"$USER\"") },
        { "programs", N_("Oriel's own programs"), check_programs, true, true, N_("nothing can be started"),
          N_("install Oriel again, as a whole") },
        { "runtime-dir", N_("a runtime directory"), check_runtime_dir, false, true,
          N_("sockets lie in the state directory, which does not empty itself"),
          N_("log in through the display manager or sshd, or set XDG_RUNTIME_DIR to a directory of yours, 0700") },
        { "plans", N_("remembered plans"), check_plans, false, true, N_("each launch is planned anew"),
          N_("make the directory writable for you; removing it forgets them") },
        { "display", N_("a display"), check_display, false, true, N_("only commands run, no desktop apps"),
          N_("set DISPLAY") },
        { "wayland", N_("a compositor that is fit for boxed apps (mode=wayland)"), check_wayland, false, true,
          N_("mode=wayland is refused; mode=auto gives an X server of the app's own where the compositor makes no "
             "security contexts, and is refused where it shows too much: --display=seamless"),
          N_("a compositor with wp_security_context_v1 that hides from boxed apps what only the desktop may have") },
        { "seamless", N_("windows of isolated apps beside your own (mode=seamless)"), check_seamless, false, true,
          N_("an isolated app has one window with a screen of its own in it"), N_("sudo apt-get install xvfb") },
        { "xephyr", N_("Xephyr (mode=xephyr)"), check_xephyr, false, true,
          N_("what mode=seamless can't give has no display at all; no mode=desktop"),
          N_("sudo apt-get install xserver-xephyr") },
        { "xpra", N_("Xpra (mode=xpra)"), check_xpra, false, true, N_("mode=xpra is refused; nothing else needs it"),
          N_("sudo apt-get install xpra python3-gi-cairo python3-pil python3-lz4") },
        { "window-manager", N_("a small window manager"), check_window_manager, false, true,
          N_("windows of an isolated app have no frame and can't be moved"),
          N_("sudo apt-get install matchbox-window-manager") },
        { "panel", N_("a panel for a desktop of an app's own (mode=desktop)"), check_panel, false, true,
          N_("mode=desktop has windows and no panel"), N_("sudo apt-get install icewm") },
        { "session-bus", N_("a session bus"), check_session_bus, false, true,
          N_("no notifications, portals or single instances"),
          N_("sudo apt-get install dbus-user-session, and log in anew; or dbus-run-session -- oriel run ...") },
        { "systemd", N_("a systemd user manager"), check_systemd, false, false,
          N_("the manager is started by oriel itself; limits of a whole app take a subtree of your own"),
          N_("log in through the display manager or sshd, where systemd runs; else nothing to do") },
        { "cgroup", N_("control groups for limits of a whole app"), check_cgroup, false, false,
          N_("[Limits] memory holds for each process alone, and cpu not at all"),
          N_("start it in a group of your own: systemd-run --user --scope -p Delegate=yes oriel run ...") },
        { "images", N_("readers of AppImages"), check_images, false, true,
          N_("AppImages can't be opened, or in one of two ways only"),
          N_("sudo apt-get install squashfs-tools squashfuse") },
        { "fuse", N_("/dev/fuse"), check_fuse, false, true, N_("AppImages are unpacked into memory instead of mounted"),
          N_("sudo modprobe fuse; where it is there but closed to you: sudo chmod 666 /dev/fuse") },
        { "gpu", N_("a graphics device"), check_gpu, false, false, N_("devices=dri gives nothing"),
          N_("nothing to do") },
        { 0 },
};
