/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no boxed program may ask of the kernel.  Every other call that was known when SECCOMP_LAST_KNOWN was set is
 * allowed; a newer one is "not implemented", which is what a program has to expect of any kernel.
 *
 *      ROW(profiles, call, answer, reason)
 *
 * profiles: ALL; CLOSED (default and strict: no user namespaces inside); STRICT.  For one call a later row wins where
 * both hold.  answer: EPERM, ENOSYS, or CHECK_* - a look at the arguments, of which only the low 32 bits count, as they
 * do in the kernel (CVE-2019-10063: TIOCSTI with a bit set above).  Refused whole: other ABIs of the processor (i386,
 * x32), which have numbers of their own.
 *
 * ENOSYS where programs fall back on it (glibc on clone3, libuv on io_uring), EPERM where they expect a refusal. */

/* removexattrat, Linux 6.13; NEWER lists what libseccomp 2.5.4 has no name for. */
#define SECCOMP_LAST_KNOWN 466

/* clang-format off */

/* The mount family and other namespaces: kernel code that an unprivileged user otherwise can't reach. */
ROW(CLOSED, mount,              EPERM,          "changes the tree of mounts")
ROW(CLOSED, umount2,            EPERM,          "takes a mask or a read-only bind away")
ROW(CLOSED, pivot_root,         EPERM,          "changes the root")
ROW(CLOSED, chroot,             EPERM,          "a root of its own making, with setuid programs in it (CVE-2016-10123)")
ROW(CLOSED, setns,              EPERM,          "enters another namespace")
ROW(CLOSED, unshare,            CHECK_UNSHARE,  "new namespaces, and a full set of capabilities in them")
ROW(CLOSED, clone,              CHECK_CLONE,    "the same")
ROW(CLOSED, clone3,             ENOSYS,         "the same, with its flags in memory where no filter sees them")
ROW(CLOSED, open_tree,          ENOSYS,         "newer mount interface (CVE-2021-41133)")
ROW(CLOSED, move_mount,         ENOSYS,         "newer mount interface")
ROW(CLOSED, fsopen,             ENOSYS,         "newer mount interface")
ROW(CLOSED, fsconfig,           ENOSYS,         "newer mount interface")
ROW(CLOSED, fsmount,            ENOSYS,         "newer mount interface")
ROW(CLOSED, fspick,             ENOSYS,         "newer mount interface")
ROW(CLOSED, mount_setattr,      ENOSYS,         "newer mount interface: clears read-only")
ROW(CLOSED, open_tree_attr,     ENOSYS,         "newer mount interface")
ROW(ALL,    statmount,          ENOSYS,         "lists mounts, with the paths of their sources on the host")
ROW(ALL,    listmount,          ENOSYS,         "lists mounts")

/* Typing into, or pasting from, a terminal that belongs to somebody else. */
ROW(ALL,    ioctl,              CHECK_IOCTL,    "TIOCSTI types into the terminal (CVE-2017-5226), TIOCLINUX pastes "
                                                "(CVE-2023-28100), TIOCSETD loads line disciplines")

/* Keys are in no namespace. */
ROW(ALL,    add_key,            EPERM,          "the kernel's keyrings are shared with the host")
ROW(ALL,    request_key,        EPERM,          "the same; starts a program of the host")
ROW(ALL,    keyctl,             EPERM,          "the same")

/* Sockets whose family no namespace holds, or with much code behind them for no app. */
ROW(ALL,    socket,             CHECK_SOCKET,   "only unix, IPv4, IPv6, route netlink: vsock reaches the machine's host, "
                                                "uevent and audit netlink its kernel; the rest is attack surface")
ROW(ALL,    socketpair,         CHECK_SOCKET,   "the same")

/* Ways round a filter or a supervisor. */
ROW(ALL,    io_uring_setup,     ENOSYS,         "does opens and connects that no filter sees")
ROW(ALL,    io_uring_enter,     ENOSYS,         "the same")
ROW(ALL,    io_uring_register,  ENOSYS,         "the same")
ROW(ALL,    open_by_handle_at,  EPERM,          "opens a file by number, past every path")
ROW(STRICT, name_to_handle_at,  EPERM,          "the number for it")
ROW(ALL,    personality,        CHECK_PERSONALITY, "old ABIs' personalities switch protections off")
ROW(CLOSED, ptrace,             EPERM,          "debugging; where user namespaces are allowed their sandboxes need it")
ROW(STRICT, process_vm_readv,   EPERM,          "another process's memory")
ROW(STRICT, process_vm_writev,  EPERM,          "the same")
ROW(STRICT, pidfd_getfd,        EPERM,          "another process's descriptors")
ROW(STRICT, kcmp,               EPERM,          "compares kernel objects of processes")

/* Large kernel machinery with a history of holes, of no use to an app. */
ROW(ALL,    bpf,                EPERM,          "programs in the kernel")
ROW(ALL,    perf_event_open,    EPERM,          "counters and samples of the processor")
ROW(ALL,    userfaultfd,        EPERM,          "stops the kernel in the middle of a copy, the tool of many exploits")
ROW(ALL,    fanotify_init,      EPERM,          "watches whole file systems")
ROW(ALL,    lookup_dcookie,     EPERM,          "profiling, removed from Linux")
ROW(ALL,    vmsplice,           EPERM,          "pages given to pipes: a line of holes")
ROW(ALL,    modify_ldt,         EPERM,          "segments of 16-bit programs")
ROW(ALL,    uselib,             EPERM,          "libc 5")
ROW(ALL,    move_pages,         EPERM,          "physical placement of memory")
ROW(ALL,    migrate_pages,      EPERM,          "the same")
ROW(ALL,    mbind,              EPERM,          "the same")
ROW(ALL,    set_mempolicy,      EPERM,          "the same")
ROW(ALL,    get_mempolicy,      EPERM,          "the same")
ROW(ALL,    set_mempolicy_home_node, EPERM,     "the same")

/* The machine's administration.  Capabilities refuse it already; this keeps the code unreached. */
ROW(ALL,    kexec_load,         EPERM,          "another kernel")
ROW(ALL,    kexec_file_load,    EPERM,          "another kernel")
ROW(ALL,    init_module,        EPERM,          "kernel modules")
ROW(ALL,    finit_module,       EPERM,          "kernel modules")
ROW(ALL,    delete_module,      EPERM,          "kernel modules")
ROW(ALL,    swapon,             EPERM,          "swap")
ROW(ALL,    swapoff,            EPERM,          "swap")
ROW(ALL,    quotactl,           EPERM,          "quotas of the host's file systems")
ROW(ALL,    quotactl_fd,        EPERM,          "the same")
ROW(ALL,    acct,               EPERM,          "process accounting")
ROW(ALL,    syslog,             EPERM,          "the kernel's log, with its addresses")
ROW(ALL,    reboot,             EPERM,          "the machine")
ROW(ALL,    settimeofday,       EPERM,          "the machine's clock")
ROW(ALL,    clock_settime,      EPERM,          "the machine's clock")
ROW(ALL,    iopl,               EPERM,          "the machine's ports")
ROW(ALL,    ioperm,             EPERM,          "the machine's ports")
ROW(ALL,    vhangup,            EPERM,          "the host's terminal")
ROW(ALL,    lsm_get_self_attr,  ENOSYS,         "labels of the host's security module")
ROW(ALL,    lsm_set_self_attr,  ENOSYS,         "the same")
ROW(ALL,    lsm_list_modules,   ENOSYS,         "the same")

NEWER(statmount,            457)
NEWER(listmount,            458)
NEWER(lsm_get_self_attr,    459)
NEWER(lsm_set_self_attr,    460)
NEWER(lsm_list_modules,     461)
NEWER(open_tree_attr,       467)

/* Above SECCOMP_LAST_KNOWN, and yet allowed where no row refuses it. */
ALLOWED(open_tree_attr)
/* clang-format on */
