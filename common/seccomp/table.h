/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no boxed program may ask of the kernel.  Every other call that was known when SECCOMP_LAST_KNOWN was set is
 * allowed; a newer one is "not implemented", which is what a program has to expect of any kernel.
 *
 *      ROW(profiles, call, answer, weight, reason)
 *
 * profiles: ALL; CLOSED (default and strict: no user namespaces inside); NO_MOUNTS (those and limited); STRICT.  For
 * one call a later row wins where both hold.  answer: EPERM, ENOSYS, or CHECK_* - a look at the arguments, of which
 * only the low 32 bits count, as they do in the kernel (CVE-2019-10063: TIOCSTI with a bit set above).  Refused whole:
 * other ABIs of the processor (i386, x32), which have numbers of their own.
 *
 * weight: what a profile's [Seccomp] allow= may do with it.  FREE: the walls stand without this row; FLAGGED: they
 * stand, but thinner, and the plan says so with the reason; NEVER: they lean on it, and the profile is refused.
 *
 * ENOSYS where programs fall back on it (glibc on clone3, libuv on io_uring), EPERM where they expect a refusal. */

/* removexattrat, Linux 6.13; NEWER lists what libseccomp 2.5.4 has no name for. */
#define SECCOMP_LAST_KNOWN 466

/* clang-format off */

/* The mount family and other namespaces: kernel code that an unprivileged user otherwise can't reach. */
ROW(NO_MOUNTS, mount,                   EPERM,             NEVER,   N_("mounts are the box's walls; nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, umount2,                 EPERM,             NEVER,   N_("it takes a mask or a read-only bind away; nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, pivot_root,              EPERM,             NEVER,   N_("it changes the root; nested=yes is what gives a program mounts of its own"))
ROW(CLOSED,    chroot,                  EPERM,             FLAGGED, N_("a root of its own making, with setuid programs in it (CVE-2016-10123)"))
ROW(NO_MOUNTS, setns,                   EPERM,             NEVER,   N_("it enters another namespace; nested=yes is what allows namespaces"))
ROW(NO_MOUNTS, unshare,                 CHECK_UNSHARE,     NEVER,   N_("new namespaces come with a full set of capabilities in them; nested=limited or yes is what allows them"))
ROW(NO_MOUNTS, clone,                   CHECK_CLONE,       NEVER,   N_("new namespaces come with a full set of capabilities in them; nested=limited or yes is what allows them"))
ROW(NO_MOUNTS, clone3,                  ENOSYS,            NEVER,   N_("its flags lie in memory, where no filter sees new namespaces; nested=yes is what allows them"))
ROW(NO_MOUNTS, open_tree,               ENOSYS,            NEVER,   N_("the newer mount interface (CVE-2021-41133); nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, move_mount,              ENOSYS,            NEVER,   N_("the newer mount interface (CVE-2021-41133); nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, fsopen,                  ENOSYS,            NEVER,   N_("the newer mount interface (CVE-2021-41133); nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, fsconfig,                ENOSYS,            NEVER,   N_("the newer mount interface (CVE-2021-41133); nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, fsmount,                 ENOSYS,            NEVER,   N_("the newer mount interface (CVE-2021-41133); nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, fspick,                  ENOSYS,            NEVER,   N_("the newer mount interface (CVE-2021-41133); nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, mount_setattr,           ENOSYS,            NEVER,   N_("it clears read-only; nested=yes is what gives a program mounts of its own"))
ROW(NO_MOUNTS, open_tree_attr,          ENOSYS,            NEVER,   N_("the newer mount interface (CVE-2021-41133); nested=yes is what gives a program mounts of its own"))
ROW(ALL,       statmount,               ENOSYS,            FLAGGED, N_("it lists mounts, with the paths of their sources on the host"))
ROW(ALL,       listmount,               ENOSYS,            FLAGGED, N_("it lists mounts"))

/* Typing into, or pasting from, a terminal that belongs to somebody else. */
ROW(ALL,       ioctl,                   CHECK_IOCTL,       NEVER,   N_("TIOCSTI types into the terminal (CVE-2017-5226), TIOCLINUX pastes (CVE-2023-28100), TIOCSETD loads line disciplines"))

/* Keys are in no namespace. */
ROW(ALL,       add_key,                 EPERM,             NEVER,   N_("the kernel's keyrings are shared with the host"))
ROW(ALL,       request_key,             EPERM,             NEVER,   N_("the kernel's keyrings are shared with the host, and it starts a program there"))
ROW(ALL,       keyctl,                  EPERM,             NEVER,   N_("the kernel's keyrings are shared with the host"))

/* Sockets whose family no namespace holds, or with much code behind them for no app. */
ROW(ALL,       socket,                  CHECK_SOCKET,      NEVER,   N_("vsock reaches the machine's host, uevent and audit netlink its kernel; only unix, IPv4, IPv6 and route netlink are in a namespace"))
ROW(ALL,       socketpair,              CHECK_SOCKET,      NEVER,   N_("vsock reaches the machine's host, uevent and audit netlink its kernel; only unix, IPv4, IPv6 and route netlink are in a namespace"))

/* Ways round a filter or a supervisor. */
ROW(ALL,       io_uring_setup,          ENOSYS,            FLAGGED, N_("opens and connects that no filter sees, by code with a long line of holes"))
ROW(ALL,       io_uring_enter,          ENOSYS,            FLAGGED, N_("opens and connects that no filter sees, by code with a long line of holes"))
ROW(ALL,       io_uring_register,       ENOSYS,            FLAGGED, N_("opens and connects that no filter sees, by code with a long line of holes"))
ROW(ALL,       open_by_handle_at,       EPERM,             FLAGGED, N_("it opens a file by number, past every path"))
ROW(STRICT,    name_to_handle_at,       EPERM,             FREE,    "the number for open_by_handle_at")
ROW(ALL,       personality,             CHECK_PERSONALITY, NEVER,   N_("old ABIs' personalities switch protections off"))
ROW(CLOSED,    ptrace,                  EPERM,             FLAGGED, N_("it reads and steers every process of the box that may be inspected"))
ROW(STRICT,    process_vm_readv,        EPERM,             FLAGGED, N_("it reads another process's memory"))
ROW(STRICT,    process_vm_writev,       EPERM,             FLAGGED, N_("it writes another process's memory"))
ROW(STRICT,    pidfd_getfd,             EPERM,             FLAGGED, N_("it takes another process's descriptors"))
ROW(STRICT,    kcmp,                    EPERM,             FREE,    "compares kernel objects of processes")

/* Large kernel machinery with a history of holes, of no use to an app. */
ROW(ALL,       bpf,                     EPERM,             FLAGGED, N_("programs in the kernel"))
ROW(ALL,       perf_event_open,         EPERM,             FLAGGED, N_("counters and samples of the processor"))
ROW(ALL,       userfaultfd,             EPERM,             FLAGGED, N_("it stops the kernel in the middle of a copy, the tool of many exploits"))
ROW(ALL,       fanotify_init,           EPERM,             FLAGGED, N_("it watches whole file systems"))
ROW(ALL,       lookup_dcookie,          EPERM,             FREE,    "profiling, removed from Linux")
ROW(ALL,       vmsplice,                EPERM,             FLAGGED, N_("pages given to pipes, with a long line of holes"))
ROW(ALL,       modify_ldt,              EPERM,             FLAGGED, N_("segments of 16-bit programs, with a long line of holes"))
ROW(ALL,       uselib,                  EPERM,             FREE,    "libc 5")
ROW(ALL,       move_pages,              EPERM,             FREE,    "physical placement of memory")
ROW(ALL,       migrate_pages,           EPERM,             FREE,    "the same")
ROW(ALL,       mbind,                   EPERM,             FREE,    "the same")
ROW(ALL,       set_mempolicy,           EPERM,             FREE,    "the same")
ROW(ALL,       get_mempolicy,           EPERM,             FREE,    "the same")
ROW(ALL,       set_mempolicy_home_node, EPERM,             FREE,    "the same")

/* The machine's administration.  Capabilities refuse it already; this keeps the code unreached. */
ROW(ALL,       kexec_load,              EPERM,             FLAGGED, N_("another kernel"))
ROW(ALL,       kexec_file_load,         EPERM,             FLAGGED, N_("another kernel"))
ROW(ALL,       init_module,             EPERM,             FLAGGED, N_("kernel modules"))
ROW(ALL,       finit_module,            EPERM,             FLAGGED, N_("kernel modules"))
ROW(ALL,       delete_module,           EPERM,             FLAGGED, N_("kernel modules"))
ROW(ALL,       swapon,                  EPERM,             FREE,    "swap")
ROW(ALL,       swapoff,                 EPERM,             FREE,    "swap")
ROW(ALL,       quotactl,                EPERM,             FLAGGED, N_("quotas of the host's file systems"))
ROW(ALL,       quotactl_fd,             EPERM,             FLAGGED, N_("quotas of the host's file systems"))
ROW(ALL,       acct,                    EPERM,             FREE,    "process accounting")
ROW(ALL,       syslog,                  EPERM,             FLAGGED, N_("the kernel's log, with its addresses"))
ROW(ALL,       reboot,                  EPERM,             FREE,    "the machine")
ROW(ALL,       settimeofday,            EPERM,             FREE,    "the machine's clock")
ROW(ALL,       clock_settime,           EPERM,             FREE,    "the machine's clock")
ROW(ALL,       iopl,                    EPERM,             FREE,    "the machine's ports")
ROW(ALL,       ioperm,                  EPERM,             FREE,    "the machine's ports")
ROW(ALL,       vhangup,                 EPERM,             FREE,    "the host's terminal")
ROW(ALL,       lsm_get_self_attr,       ENOSYS,            FREE,    "labels of the host's security module")
ROW(ALL,       lsm_set_self_attr,       ENOSYS,            FREE,    "the same")
ROW(ALL,       lsm_list_modules,        ENOSYS,            FREE,    "the same")

NEWER(statmount,            457)
NEWER(listmount,            458)
NEWER(lsm_get_self_attr,    459)
NEWER(lsm_set_self_attr,    460)
NEWER(lsm_list_modules,     461)
NEWER(open_tree_attr,       467)

/* Above SECCOMP_LAST_KNOWN, and yet allowed where no row refuses it. */
ALLOWED(open_tree_attr)
/* clang-format on */
